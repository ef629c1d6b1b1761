//! The page `/admin/staff/{id}`: a member of staff for admins, and everybody's own account.

use domain::{Page, Person, SessionInfo};
use islands::{
    addresses::staff,
    request::query,
    ui::{Button, Card, ConfirmDetails, EmptyState, Field, IconName, PageHeader, Select, Variant, When, apart, said},
};
use leptos::prelude::*;

use super::{
    api::{SetStaffActive, SetStaffPassword, SetStaffRole, UpdateStaffMember},
    keyboard::keyboard_card,
    list::{role_badge, role_options},
    tokens::{Tokens, tokens},
};
use crate::{
    admin::{
        factor::card::factor_card,
        frame::{Content, Visit, staff_page},
        nav::Place,
        parts::{active_badge, current_password_field, password_fields, person_fields, session_table},
        read::id,
        sessions::api::{EndAllSessions, EndOtherSessions},
    },
    filters::{CursorQuery, PAGE, pagination},
    layout::form::Form,
    login::api::LogOutEverywhere,
};

/// An agent or admin; one's own account.
#[component]
pub fn StaffMemberPage() -> impl IntoView {
    staff_page(Place::Member, |visit| async move {
        let (desk, actor) = (visit.context().desk, visit.actor());
        let member = desk.users().member(&actor, id(&visit.id())?).await?;
        let cursor = query::<CursorQuery>().cursor();
        let sessions = desk.sessions().list(&actor, Some(member.id), cursor, PAGE).await?;
        let keyboard = if visit.is_me(member.id) {
            Some(keyboard_card(visit, desk.users().has_shortcuts(&actor).await?))
        } else {
            None
        };
        let factor = factor_card(visit, &member, desk.factors().of(&actor, member.id).await?).into_any();
        let tokens = tokens(visit, &member).await?;
        Ok(Content::new(member.name.clone(), view(visit, &member, sessions, (factor, keyboard), tokens)))
    })
}

fn view<Keyboard: IntoView + 'static>(
    visit: Visit,
    member: &Person,
    sessions: Page<SessionInfo>,
    (factor, keyboard): (AnyView, Option<Keyboard>),
    tokens: Tokens,
) -> impl IntoView + use<Keyboard> {
    let is_me = visit.is_me(member.id);
    let is_admin = visit.is_admin();
    let back = is_admin.then(|| (staff::MEMBERS.to_owned(), "Staff".to_owned()));
    let title = if is_me { "Your account".to_owned() } else { member.name.clone() };
    let meta = {
        let (username, role, is_active) = (member.username.clone(), member.role, member.is_active);
        let added = member.created_at;
        ViewFnOnce::from(move || {
            view! {
                <span>{said(username)}</span>
                {role_badge(role)}
                {active_badge(is_active)}
                <span>"added " <When at=added now=visit.now/></span>
            }
        })
    };
    let head = match back {
        Some(back) => view! { <PageHeader title back meta/> }.into_any(),
        None => view! { <PageHeader title meta/> }.into_any(),
    };
    let details = if is_admin { details_form(visit, member).into_any() } else { details_list(member).into_any() };
    let Tokens { made, list, new } = tokens;
    view! {
        {head}
        {made}
        <div class="split">
            <div class="stack">
                <Card title="Details">{details}</Card>
                {sessions_card(visit, member, is_me, sessions)}
                {list}
            </div>
            <aside class="stack">
                {password_card(visit, member, is_me)}
                {factor}
                {new}
                {keyboard}
                {(is_admin && !is_me).then(|| (role_card(visit, member), activity(visit, member)))}
            </aside>
        </div>
    }
}

fn details_form(visit: Visit, member: &Person) -> impl IntoView + use<> {
    let form = visit.form::<UpdateStaffMember>();
    let (id, fields) = (member.id.to_string(), person_fields(form, Some(member)));
    view! {
        <Form<UpdateStaffMember> page=visit.page() attr:class="form">
            <input type="hidden" name="id" value=id/>
            {fields}
            <div class="form-actions">
                <Button variant=Variant::Primary>"Save details"</Button>
            </div>
        </Form<UpdateStaffMember>>
    }
}

fn details_list(member: &Person) -> impl IntoView + use<> {
    let email = if member.email.is_empty() { "None".to_owned() } else { member.email.clone() };
    view! {
        <dl class="fields">
            <dt>"Username"</dt>
            <dd>{said(member.username.clone())}</dd>
            <dt>"Name"</dt>
            <dd>{said(member.name.clone())}</dd>
            <dt>"Email"</dt>
            <dd>{said(email)}</dd>
        </dl>
        <p class="muted small">"An admin changes these."</p>
    }
}

fn sessions_card(visit: Visit, member: &Person, is_me: bool, sessions: Page<SessionInfo>) -> impl IntoView + use<> {
    let pages = pagination(&sessions, &staff::member(member.id), &(), String::new());
    let has_others = sessions.items.len() > 1;
    let log_out = is_me.then(|| {
        view! {
            {has_others
                .then(|| {
                    view! {
                        <Form<EndOtherSessions> page=visit.page()>
                            <Button small=true>"End all others"</Button>
                        </Form<EndOtherSessions>>
                    }
                })}
            <ConfirmDetails
                label="Log out everywhere"
                small=true
                question="You are logged out here and everywhere else. Your API tokens stay."
            >
                <Form<LogOutEverywhere> page=visit.page()>
                    <Button variant=Variant::Danger>"Log out everywhere"</Button>
                </Form<LogOutEverywhere>>
            </ConfirmDetails>
        }
    });
    let end_all = (!is_me && !sessions.items.is_empty()).then(|| {
        let user_id = member.id.to_string();
        let question = format!("{} is logged out everywhere, and their API tokens are revoked.", apart(&member.name));
        view! {
            <ConfirmDetails label="End all" small=true question>
                <Form<EndAllSessions> page=visit.page()>
                    <input type="hidden" name="user_id" value=user_id/>
                    <Button variant=Variant::Danger>"End all sessions"</Button>
                </Form<EndAllSessions>>
            </ConfirmDetails>
        }
    });
    let action = ViewFnOnce::from(move || (end_all, log_out));
    let body = if sessions.items.is_empty() {
        view! { <EmptyState icon=IconName::Monitor title="Not logged in" text="Their sessions show up here."/> }
            .into_any()
    } else {
        session_table(visit, sessions.items, false).into_any()
    };
    view! {
        <Card title="Sessions" flush=true action>
            {body}
        </Card>
        {pages}
    }
}

fn password_card(visit: Visit, member: &Person, is_me: bool) -> impl IntoView + use<> {
    let form = visit.form::<SetStaffPassword>();
    let (id, username) = (member.id.to_string(), member.username.clone());
    let note = if is_me {
        "Your other sessions end; this one stays."
    } else {
        "Their sessions end. Tell them the new password in person."
    };
    view! {
        <Card title="New password">
            <Form<SetStaffPassword> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                // For password managers: whose password this is. Nothing reads it, so it has no name.
                <input
                    type="text"
                    value=username
                    autocomplete="username"
                    hidden
                    readonly
                />
                {is_me.then(|| current_password_field(form))}
                {password_fields(form)}
                <p class="muted small">{note}</p>
                <Button block=true icon=IconName::Lock>
                    "Set password"
                </Button>
            </Form<SetStaffPassword>>
        </Card>
    }
}

fn role_card(visit: Visit, member: &Person) -> impl IntoView + use<> {
    let form = visit.form::<SetStaffRole>();
    let (id, role) = (member.id.to_string(), member.role);
    view! {
        <Card title="Role">
            <Form<SetStaffRole> page=visit.page() attr:class="form">
                <input type="hidden" name="id" value=id/>
                <Field id="role" label="May do" errors=form.errors("role")>
                    <Select name="role" options=role_options() selected=form.value("role", role.as_str())/>
                </Field>
                <Button block=true icon=IconName::Shield>
                    "Set role"
                </Button>
            </Form<SetStaffRole>>
        </Card>
    }
}

fn activity(visit: Visit, member: &Person) -> impl IntoView + use<> {
    let id = member.id.to_string();
    if member.is_active {
        view! {
            <ConfirmDetails
                label="Deactivate this account"
                icon=IconName::UserOff
                block=true
                question="Their sessions end, their API tokens are revoked and they cannot log in. You can activate them again."
            >
                <Form<SetStaffActive> page=visit.page()>
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="active" value="false"/>
                    <Button variant=Variant::Danger>"Deactivate"</Button>
                </Form<SetStaffActive>>
            </ConfirmDetails>
        }
        .into_any()
    } else {
        view! {
            <Form<SetStaffActive> page=visit.page()>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="active" value="true"/>
                <Button block=true icon=IconName::User>
                    "Activate this account"
                </Button>
            </Form<SetStaffActive>>
        }
        .into_any()
    }
}
