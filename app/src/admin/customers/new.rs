//! The page `/admin/customers/new`.

use islands::{
    addresses::staff,
    ui::{Button, ButtonLink, Card, IconName, PageHeader, Variant},
};
use leptos::prelude::*;

use super::api::{CreateCustomer, CreateUnnamed};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::person_fields,
    },
    layout::form::Form,
};

/// Adds a customer.
#[component]
pub fn NewCustomerPage() -> impl IntoView {
    staff_page(Place::Customers, |visit| async move { Ok(Content::new("New customer", view(visit))) })
}

fn view(visit: Visit) -> impl IntoView + use<> {
    let form = visit.form::<CreateCustomer>();
    view! {
        <PageHeader title="New customer" back=(staff::CUSTOMERS.to_owned(), "Customers".to_owned())/>
        <div class="column">
            <Card>
                <Form<CreateCustomer> page=visit.page() attr:class="form">
                    {person_fields(form, None)}
                    <div class="form-actions">
                        <Button variant=Variant::Primary>"Add customer"</Button>
                        <ButtonLink href=staff::CUSTOMERS variant=Variant::Quiet>
                            "Cancel"
                        </ButtonLink>
                    </div>
                </Form<CreateCustomer>>
            </Card>
            <Card title="Somebody who stays unknown">
                <Form<CreateUnnamed> page=visit.page() attr:class="form">
                    <p>
                        "They are called “Unknown person 7F” or the like. The desk keeps no name, no email and no address of their device; \
                         they come back by a code that only they have. If they lose it, nobody can give them their access again."
                    </p>
                    <div class="form-actions">
                        <Button icon=IconName::UserOff>"Add somebody unknown"</Button>
                    </div>
                </Form<CreateUnnamed>>
            </Card>
            <p class="muted small">
                "Customers have no password. On the next page you issue a Support PIN, with which they log in."
            </p>
        </div>
    }
}
