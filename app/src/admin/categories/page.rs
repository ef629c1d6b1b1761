//! The page `/admin/categories`.

use domain::{Category, CategoryId, TicketQuery};
use islands::{
    addresses::{staff, with},
    deed::Deed,
    ui::{Badge, Button, Card, Field, Icon, IconName, PageHeader, TextInput, Tone, Variant, said},
};
use leptos::prelude::*;

use super::api::{AddCategory, RenameCategory, SetCategoryActive, SetDefaultCategory};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
    },
    layout::form::Form,
};

/// The list of categories.
#[component]
pub fn CategoriesPage() -> impl IntoView {
    staff_page(Place::Categories, |visit| async move {
        let categories = visit.context().desk.categories().list(&visit.actor()).await?;
        Ok(Content::new("Categories", view(visit, categories)))
    })
}

fn view(visit: Visit, categories: Vec<Category>) -> impl IntoView + use<> {
    let form = visit.form::<AddCategory>();
    let rows = categories.into_iter().map(|category| row(visit, category)).collect_view();
    view! {
        <PageHeader title="Categories"/>
        <div class="split">
            <div class="card">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="num">"Tickets"</th>
                            <th scope="col">
                                <span class="visually-hidden">"Actions"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <aside class="stack">
                <Card title="Add a category">
                    <Form<AddCategory> page=visit.page() attr:class="form">
                        <Field
                            id="name"
                            label="Name"
                            hint="Customers choose it for a new ticket."
                            errors=form.errors("name")
                        >
                            <TextInput
                                name="name"
                                value=form.value("name", "")
                                attr:required=true
                                attr:autocomplete="off"
                            />
                        </Field>
                        <Button variant=Variant::Primary icon=IconName::Plus>
                            "Add"
                        </Button>
                    </Form<AddCategory>>
                </Card>
                <p class="muted small">
                    "A retired category stays on the tickets that have it, and is not offered for new ones. "
                    "The default is taken when a ticket comes without a category."
                </p>
            </aside>
        </div>
    }
}

fn row(visit: Visit, category: Category) -> impl IntoView + use<> {
    let Category { id, name, is_active, is_default, tickets } = category;
    let form = visit.form_of::<RenameCategory>(id);
    let state = match (is_default, is_active) {
        (true, _) => view! {
            <Badge tone=Tone::Info icon=IconName::CheckCircle>
                "Default"
            </Badge>
        }
        .into_any(),
        (_, true) => view! {
            <Badge tone=Tone::Good icon=IconName::Check>
                "Offered"
            </Badge>
        }
        .into_any(),
        _ => view! {
            <Badge tone=Tone::Neutral icon=IconName::Minus>
                "Retired"
            </Badge>
        }
        .into_any(),
    };
    let make_default =
        (is_active && !is_default).then(|| button::<SetDefaultCategory>(visit, id, None, "Make default"));
    let offer = (!is_default).then(|| {
        let (active, words) = if is_active { ("false", "Retire") } else { ("true", "Offer again") };
        button::<SetCategoryActive>(visit, id, Some(active), words)
    });
    let field = format!("name-{id}");
    let list = with(staff::TICKETS, &TicketQuery { category: name.clone(), ..TicketQuery::default() });
    view! {
        <tr>
            <td class="cell-main">
                <strong>{said(name.clone())}</strong>
            </td>
            <td>{state}</td>
            <td class="num" data-label="Tickets">
                <a href=list>{tickets}</a>
            </td>
            <td class="cell-actions">
                <div class="actions">
                    {make_default} {offer}
                    <details class="confirm" open=form.is_refused()>
                        <summary class="btn btn-quiet btn-sm">
                            <Icon name=IconName::Pencil/>
                            "Rename"
                        </summary>
                        <div class="confirm-panel">
                            <Form<RenameCategory> page=visit.page()>
                                <input type="hidden" name="id" value=id.to_string()/>
                                <Field id=field label="New name" errors=form.errors("name")>
                                    <TextInput
                                        name="name"
                                        value=form.value("name", &name)
                                        attr:required=true
                                        attr:autocomplete="off"
                                    />
                                </Field>
                                <Button variant=Variant::Primary>"Rename"</Button>
                            </Form<RenameCategory>>
                        </div>
                    </details>
                </div>
            </td>
        </tr>
    }
}

/// A form that is one button.
fn button<F: Deed + 'static>(
    visit: Visit,
    id: CategoryId,
    active: Option<&'static str>,
    words: &'static str,
) -> impl IntoView {
    view! {
        <Form<F> page=visit.page()>
            <input type="hidden" name="id" value=id.to_string()/>
            {active.map(|value| view! { <input type="hidden" name="active" value=value/> })}
            <Button small=true variant=Variant::Quiet>
                {words}
            </Button>
        </Form<F>>
    }
}
