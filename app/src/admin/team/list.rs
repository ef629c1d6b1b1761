//! The page `/admin/staff`.

use desk::UserFilter;
use domain::{Page, Person, Role};
use islands::{
    addresses::staff,
    request::query,
    ui::{Badge, Button, Card, Field, IconName, PageHeader, Select, Tone, Variant, said},
};
use leptos::prelude::*;

use super::api::CreateStaffMember;
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{active_badge, last_seen, password_fields, person_fields},
    },
    filters::{CursorQuery, PAGE, pagination},
    layout::form::Form,
};

/// All agents and admins.
#[component]
pub fn StaffPage() -> impl IntoView {
    staff_page(Place::Staff, |visit| async move {
        let team = UserFilter { staff: true, ..UserFilter::default() };
        let cursor = query::<CursorQuery>().cursor();
        let page = visit.context().desk.users().list(&visit.actor(), &team, cursor, PAGE).await?;
        Ok(Content::new("Staff", view(visit, page)))
    })
}

/// Agent or admin, as a badge.
pub(super) fn role_badge(role: Role) -> impl IntoView {
    let (tone, icon, word) = match role {
        Role::Admin => (Tone::Info, IconName::Shield, "Admin"),
        Role::Agent => (Tone::Neutral, IconName::User, "Agent"),
        Role::Customer => (Tone::Neutral, IconName::User, "Customer"),
    };
    view! {
        <Badge tone icon plain=true>
            {word}
        </Badge>
    }
}

/// The roles to choose from, with what they may do.
pub(super) fn role_options() -> Vec<(String, String)> {
    vec![
        (Role::Agent.to_string(), "Agent: tickets, customers, PINs".to_owned()),
        (Role::Admin.to_string(), "Admin: also staff and settings".to_owned()),
    ]
}

fn view(visit: Visit, page: Page<Person>) -> impl IntoView + use<> {
    let form = visit.form::<CreateStaffMember>();
    let pages = pagination(&page, staff::MEMBERS, &(), String::new());
    let rows = page.items.into_iter().map(|member| row(visit, member)).collect_view();
    view! {
        <PageHeader title="Staff"/>
        <div class="split">
            <div>
                <div class="card">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th>
                                <th scope="col">"Role"</th>
                                <th scope="col">"State"</th>
                                <th scope="col">"Email"</th>
                                <th scope="col">"Last seen"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                {pages}
            </div>
            <aside class="stack">
                <Card title="Add a member of staff">
                    <Form<CreateStaffMember> page=visit.page() attr:class="form">
                        {person_fields(form, None)}
                        <Field id="role" label="Role" errors=form.errors("role")>
                            <Select name="role" options=role_options() selected=form.value("role", "agent")/>
                        </Field>
                        {password_fields(form)}
                        <Button variant=Variant::Primary icon=IconName::Plus>
                            "Add"
                        </Button>
                    </Form<CreateStaffMember>>
                </Card>
            </aside>
        </div>
    }
}

fn row(visit: Visit, member: Person) -> impl IntoView + use<> {
    let is_me = visit.is_me(member.id);
    view! {
        <tr>
            <td class="cell-main">
                <a class="row-link" href=staff::member(member.id)>
                    {said(member.name)}
                </a>
                <span class="sub">{said(member.username)} {is_me.then_some(" · you")}</span>
            </td>
            <td>{role_badge(member.role)}</td>
            <td>{active_badge(member.is_active)}</td>
            <td class="cell-wrap">{said(member.email)}</td>
            <td class="cell-quiet" data-label="Last seen">
                {last_seen(visit, member.last_seen_at)}
            </td>
        </tr>
    }
}
