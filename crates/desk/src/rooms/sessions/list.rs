//! Lists of sessions under way.

use domain::{
    Actor, CanSet, Cursor, Error, LoginKind, Page, Purpose, Result, Role, Scope, SessionId, SessionInfo, TicketId,
    Timestamp, UserId,
};
use sea_orm::{
    ColumnTrait as _, Condition, DerivePartialModel, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    QuerySelect as _, RelationTrait as _,
    sea_query::{Expr, JoinType, Query},
};

use super::Sessions;
use crate::{
    rooms::{
        Inner,
        totals::{self, Total},
    },
    store::{
        entities::{Sessions as Table, Users, sessions, users},
        fault::OrRefuse as _,
        page,
        parents::{parent_goes_on, ticket_goes_on},
        scopes::Kept,
    },
};

/// Only sessions under way, in a query of `sessions` and their `users`.
pub(crate) fn under_way(desk: &Inner, at: Timestamp) -> Condition {
    let (session, user) = (sessions::COLUMN, users::COLUMN);
    let ago = |seconds: i64| at.plus_seconds(-seconds);
    Condition::all()
        .add(session.ended_at.is_null())
        .add(user.is_active.eq(true))
        .add(session.expires_at.gt(at))
        .add(parent_goes_on((Table, sessions::Column::ParentSid), at))
        .add(ticket_goes_on(ago(desk.config.access_after_close)))
        .add(user.role.ne(Role::Customer).or(session.created_at.gt(ago(desk.config.session_ttl))))
        .add(user.role.eq(Role::Customer).or(session.created_at.gt(ago(desk.config.staff_session_ttl))))
        .add(user.role.eq(Role::Customer).or(session.last_seen_at.gt(ago(desk.config.staff_idle))))
}

/// How many sessions are under way.
pub(crate) async fn number(desk: &Inner) -> Result<u64> {
    let at = desk.now();
    // Beginning with the sessions: a join may begin with all the people there are.
    let of_its_owner = Expr::col((Users, users::Column::Id)).equals((Table, sessions::Column::UserId));
    let mut owner = Query::select();
    owner.expr(Expr::val(1)).from(Users).and_where(of_its_owner).cond_where(under_way(desk, at));
    let sessions = Table::find().filter(sessions::COLUMN.expires_at.gt(at)).filter(Expr::exists(owner));
    totals::count(desk, Total::Sessions, sessions).await
}

impl Sessions<'_> {
    /// Sessions under way, newest first; of one person if given. Staff; those of other staff, with their addresses, for
    /// admins, as the list of staff is. Cursors are numbers of sessions.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(
        &self,
        actor: &Actor,
        user: Option<UserId>,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<SessionInfo>> {
        actor.require_staff()?;
        self.page(actor, user, cursor, limit).await
    }

    /// The caller's own sessions under way, newest first. One that is for less than the caller sees itself alone.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for nobody in particular; [`Error::Forbidden`] for who may only drop files.
    pub async fn list_own(&self, actor: &Actor, cursor: Cursor, limit: usize) -> Result<Page<SessionInfo>> {
        actor.require_login()?;
        let id = actor.id.ok_or(Error::Unauthenticated)?;
        self.page(actor, Some(id), cursor, limit).await
    }

    async fn page(
        &self,
        actor: &Actor,
        user: Option<UserId>,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<SessionInfo>> {
        let own = sessions::COLUMN.user_id.eq(actor.id.unwrap_or(UserId(0)));
        let may_see = (!actor.role.can_manage_staff()).then(|| users::COLUMN.role.eq(Role::Customer).or(own));
        let itself = || actor.session.clone().unwrap_or_else(|| SessionId(String::new()));
        let only_itself = actor.scope.is_narrow().then(|| sessions::COLUMN.sid.eq(itself()));
        let narrowed = under_way(self.0, self.0.now())
            .add_option(may_see)
            .add_option(only_itself)
            .add_option(user.map(|user| sessions::COLUMN.user_id.eq(user)));
        let query = Table::find().join(JoinType::InnerJoin, sessions::Relation::Owner.def()).filter(narrowed);
        let query = page::by_id(query, sessions::Column::Id, cursor, limit).into_partial_model::<Listed>();
        let rows = query.all(&self.0.db).await.or_refuse()?;
        let current = actor.session.as_ref();
        Ok(Page::from_rows(rows, limit, cursor, |row| row.id).map(|row| row.into_info(current)))
    }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct Listed {
    id: i64,
    sid: SessionId,
    user_id: UserId,
    kind: LoginKind,
    client: String,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    ticket_id: Option<TicketId>,
    can: Option<CanSet>,
    until: Option<Timestamp>,
    label: Option<String>,
    purpose: Option<Purpose>,
    parent_sid: Option<SessionId>,
    #[sea_orm(nested)]
    owner: Owner,
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
struct Owner {
    username: String,
    name: String,
    role: Role,
}

impl Listed {
    fn into_info(self, current: Option<&SessionId>) -> SessionInfo {
        let Self { ticket_id, can, label, purpose, .. } = self;
        SessionInfo {
            is_current: current == Some(&self.sid),
            id: self.sid,
            user_id: self.user_id,
            username: self.owner.username,
            name: self.owner.name,
            role: self.owner.role,
            kind: self.kind,
            client: self.client,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            expires_at: self.expires_at,
            scope: Scope {
                is_delegated: self.parent_sid.is_some(),
                ..Kept { ticket_id, can, label, purpose }.into_scope(self.until)
            },
        }
    }
}
