//! What staff and whoever runs the desk changed in it: entries of the ledger that are about deeds, as admins look through them.

pub(crate) mod settings;

use std::sync::Arc;

use domain::{
    Actor, AuditFilter, AuditGroup, Cursor, ExportFormat, LedgerData, LedgerEntry, LedgerKind, Page, Result, Role,
};
use futures::{Stream, stream};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _,
};

use crate::{
    rooms::{Inner, ledger::Ledger},
    store::{
        entities::{Ledger as Table, Users, ledger, users},
        fault::OrRefuse as _,
    },
    trail::ledger::NewEntry,
};

/// Entries of a piece that is taken out.
const PIECE: usize = 500;

/// Use cases of the audit.
pub struct Audit<'a>(pub(crate) &'a Arc<Inner>);

impl Audit<'_> {
    /// What was changed, newest first. Admins.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`]
    pub async fn list(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<LedgerEntry>> {
        actor.require_admin()?;
        Ledger(self.0).found(condition(filter), cursor, limit).await
    }

    /// All that the filter finds, newest first, piece by piece as it is read. That it is taken out is an entry itself, which is
    /// written first. Admins.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`]; in the stream, [`domain::Error::Unavailable`].
    pub async fn take_out(
        &self,
        actor: &Actor,
        filter: &AuditFilter,
        format: ExportFormat,
    ) -> Result<impl Stream<Item = Result<Vec<LedgerEntry>>> + Send + use<>> {
        actor.require_admin()?;
        let desk = Arc::clone(self.0);
        let which = condition(filter);
        let count = Table::find().filter(which.clone()).count(&desk.db).await.or_refuse()?;
        let tx = desk.db.begin().await?;
        let entry = NewEntry::of_desk(LedgerData::Exported { format, count }).session(actor.session.as_ref());
        entry.note(&tx, actor, desk.now());
        tx.commit().await?;
        Ok(stream::try_unfold((desk, Some(Cursor::First)), move |(desk, next)| {
            let which = which.clone();
            async move {
                let Some(cursor) = next else { return Ok(None) };
                let page = Ledger(&desk).found(which, cursor, PIECE).await?;
                let next = page.older.map(Cursor::Before);
                Ok(Some((page.items, (desk, next))))
            }
        }))
    }
}

/// The rows of a filter: what was done by staff, and what nobody did who is known, as the command line, unless it came by itself.
fn condition(filter: &AuditFilter) -> Condition {
    let column = ledger::COLUMN;
    let kinds: Vec<LedgerKind> = match filter.group {
        Some(group) => group.kinds().to_vec(),
        None => AuditGroup::ALL.iter().flat_map(|group| group.kinds()).copied().collect(),
    };
    let staff = Users::find().select_only().column(users::Column::Id).filter(users::COLUMN.role.ne(Role::Customer));
    let of_itself = [LedgerKind::SessionEnded, LedgerKind::PinRevoked];
    let of_the_desk = Condition::all()
        .add(column.actor_id.is_null())
        .add(Condition::any().add(column.kind.is_not_in(of_itself)).add(column.data.contains("\"by_staff\"")));
    let by = Condition::any().add(column.actor_id.in_subquery(staff.into_query())).add(of_the_desk);
    Condition::all()
        .add(column.kind.is_in(kinds))
        .add(by)
        .add_option(filter.who.map(|who| column.actor_id.eq(who)))
        .add_option(filter.from.map(|from| column.at.gte(from)))
        .add_option(filter.until.map(|until| column.at.lt(until)))
}
