//! The page `/admin/categories`.

use domain::Category;
use islands::{
    addresses::{staff, with_query},
    ui::{Badge, Button, Card, Field, Icon, IconName, PageHeader, TextInput, Tone, Variant, said},
};
use leptos::prelude::*;

use super::api::list_categories;
use crate::admin::{
    frame::{Content, Visit, staff_page},
    nav::Place,
};

/// The list of categories.
#[component]
pub fn CategoriesPage() -> impl IntoView {
    staff_page(Place::Categories, |visit| async move {
        let categories = list_categories().await?;
        Ok(Content::new("Categories", view(visit, categories)))
    })
}

fn view(visit: Visit, categories: Vec<Category>) -> impl IntoView + use<> {
    let form = visit.form("add_category");
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
                    <form class="form" method="post" action=visit.action("add_category")>
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
                    </form>
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
    let form = visit.form_of("rename_category", id);
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
    let post = |endpoint: &str, active: Option<&'static str>, words: &'static str| {
        view! {
            <form method="post" action=visit.action(endpoint)>
                <input type="hidden" name="id" value=id.to_string()/>
                {active.map(|value| view! { <input type="hidden" name="active" value=value/> })}
                <Button small=true variant=Variant::Quiet>
                    {words}
                </Button>
            </form>
        }
    };
    let make_default = (is_active && !is_default).then(|| post("set_default_category", None, "Make default"));
    let offer = (!is_default).then(|| {
        if is_active {
            post("set_category_active", Some("false"), "Retire")
        } else {
            post("set_category_active", Some("true"), "Offer again")
        }
    });
    let field = format!("name-{id}");
    let list = with_query(staff::TICKETS, &[("category", &name)]);
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
                            <form method="post" action=visit.action("rename_category")>
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
                            </form>
                        </div>
                    </details>
                </div>
            </td>
        </tr>
    }
}
