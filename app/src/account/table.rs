//! The table of sessions, on a customer's own page and on those of staff.

use domain::{LoginKind, SessionInfo, Timestamp};
use islands::ui::{Badge, IconName, Tone, VisuallyHidden, When};
use leptos::prelude::*;

use super::access;

/// Sessions as a table, with `who` in front where it is of several people, and the way to `end` each but one's own.
pub(crate) fn session_table(
    sessions: Vec<SessionInfo>,
    now: Timestamp,
    who: Option<fn(&SessionInfo) -> AnyView>,
    end: impl Fn(&SessionInfo) -> AnyView,
) -> impl IntoView {
    let row = |session: SessionInfo| {
        let end = if session.is_current {
            view! { <span class="muted small">"This is you"</span> }.into_any()
        } else {
            end(&session)
        };
        let (icon, kind) = match session.kind {
            LoginKind::Browser => (IconName::Monitor, "Browser"),
            LoginKind::Api => (IconName::External, "Program"),
        };
        view! {
            <tr>
                {who.map(|who| who(&session))}
                <td>
                    <Badge tone=Tone::Neutral icon plain=true>
                        {kind}
                    </Badge>
                    {access(&session.scope).map(|words| view! { <span class="sub">{words}</span> })}
                </td>
                <td class="nowrap" data-label="From">
                    {if session.client.is_empty() { "not kept".to_owned() } else { session.client }}
                </td>
                <td class="cell-quiet" data-label="Since">
                    <When at=session.created_at now />
                </td>
                <td class="cell-quiet" data-label="Last seen">
                    <When at=session.last_seen_at now />
                </td>
                <td class="cell-actions">{end}</td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr>
                    {who.map(|_| view! { <th scope="col">"Who"</th> })}
                    <th scope="col">"Kind"</th>
                    <th scope="col">"From"</th>
                    <th scope="col">"Since"</th>
                    <th scope="col">"Last seen"</th>
                    <th scope="col">
                        <VisuallyHidden>"Actions"</VisuallyHidden>
                    </th>
                </tr>
            </thead>
            <tbody>{sessions.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

/// Which session a button is for, where each row has one.
pub(crate) fn which(session: &SessionInfo) -> String {
    format!("the session from {} since {}", session.client, session.created_at.to_minute())
}
