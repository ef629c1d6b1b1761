//! The page `/admin/customers/new`.

use islands::{
    addresses::staff,
    ui::{Button, ButtonLink, Card, PageHeader, Variant},
};
use leptos::prelude::*;

use super::api::CreateCustomer;
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
            <p class="muted small">
                "Customers have no password. On the next page you issue a Support PIN, with which they log in."
            </p>
        </div>
    }
}
