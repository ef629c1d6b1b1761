//! What staff see of cards, and what a card tells of who came by it.

use std::collections::BTreeMap;

use domain::{
    Actor, Batch, BatchId, CanSet, Card, CardCounts, CardId, CardOrigin, CardState, Cursor, Error, Page, Result, Role,
    Stay, Timestamp, UserId,
};
use sea_orm::{
    ColumnTrait as _, Condition, DerivePartialModel, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    RelationTrait as _, Select,
    sea_query::{Expr, ExprTrait as _, JoinType},
};

use super::{Cards, Table, unused};
use crate::store::{
    entities::{Batches, Categories, batches, cards, categories, users},
    fault::OrRefuse as _,
    names::staff_name_of,
    page,
};

/// What [`records`] call the people who made batches.
const MAKER: &str = "maker";

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Batches")]
struct BatchRow {
    id: BatchId,
    name: String,
    site: String,
    can: CanSet,
    expires_at: Timestamp,
    stays: Stay,
    is_unnamed: bool,
    made_at: Timestamp,
    #[sea_orm(from_expr = "categories::Column::Name")]
    category: Option<String>,
    #[sea_orm(from_expr = "staff_name_of(MAKER)")]
    made_by: Option<String>,
}

fn records() -> Select<Batches> {
    Batches::find().join(JoinType::LeftJoin, batches::Relation::Categories.def()).join_as(
        JoinType::LeftJoin,
        batches::Relation::Maker.def(),
        MAKER,
    )
}

impl BatchRow {
    fn into_batch(self, counts: CardCounts) -> Batch {
        Batch {
            id: self.id,
            name: self.name,
            site: self.site,
            category: self.category,
            can: self.can,
            expires_at: self.expires_at,
            stays: self.stays,
            is_unnamed: self.is_unnamed,
            made_by: self.made_by,
            made_at: self.made_at,
            counts,
        }
    }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct CardRow {
    id: CardId,
    number: i64,
    made_at: Timestamp,
    redeemed_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    user_id: Option<UserId>,
    #[sea_orm(from_expr = "users::Column::Name")]
    name: Option<String>,
}

impl CardRow {
    fn into_card(self, is_late: bool) -> Card {
        let state = match (self.redeemed_at, self.revoked_at) {
            (Some(_), _) => CardState::Used,
            (None, Some(_)) => CardState::Revoked,
            _ if is_late => CardState::Expired,
            _ => CardState::Unused,
        };
        Card {
            id: self.id,
            number: self.number,
            state,
            made_at: self.made_at,
            changed_at: self.redeemed_at.or(self.revoked_at),
            customer: self.user_id.zip(self.name),
        }
    }
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct OriginRow {
    batch_id: BatchId,
    number: i64,
    #[sea_orm(from_expr = "batches::Column::Name")]
    name: String,
    #[sea_orm(from_expr = "batches::Column::Site")]
    site: String,
}

impl Cards<'_> {
    /// Batches with their counters, newest first. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn batches(&self, actor: &Actor, cursor: Cursor, limit: usize) -> Result<Page<Batch>> {
        actor.require_staff()?;
        let query = page::by_id(records(), batches::COLUMN.id, cursor, limit);
        let rows: Vec<BatchRow> = query.into_partial_model().all(&self.0.db).await.or_refuse()?;
        let counts = self.counts(&rows).await?;
        let page = Page::from_rows(rows, limit, cursor, |row| row.id.0);
        Ok(page.map(|row| {
            let counts = counts.get(&row.id).copied().unwrap_or_default();
            row.into_batch(counts)
        }))
    }

    /// A batch with its counters. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]
    pub async fn batch(&self, actor: &Actor, id: BatchId) -> Result<Batch> {
        actor.require_staff()?;
        let row = records().filter(batches::COLUMN.id.eq(id)).into_partial_model::<BatchRow>();
        let row = row.one(&self.0.db).await.or_refuse()?.ok_or(Error::NotFound)?;
        let counts = self.counts(std::slice::from_ref(&row)).await?.remove(&id).unwrap_or_default();
        Ok(row.into_batch(counts))
    }

    async fn counts(&self, of: &[BatchRow]) -> Result<BTreeMap<BatchId, CardCounts>> {
        let at = self.0.now();
        // A card is used or revoked and never both, and counting leaves out what is null.
        let counted: Vec<(BatchId, i64, i64, i64)> = Table::find()
            .select_only()
            .column(cards::Column::BatchId)
            .expr_as(cards::COLUMN.id.count(), "cards")
            .expr_as(cards::COLUMN.redeemed_at.count(), "used")
            .expr_as(cards::COLUMN.revoked_at.count(), "revoked")
            .filter(cards::COLUMN.batch_id.is_in(of.iter().map(|row| row.id)))
            .group_by(cards::COLUMN.batch_id)
            .into_tuple()
            .all(&self.0.db)
            .await
            .or_refuse()?;
        let in_words = |(id, all, used, revoked): (BatchId, i64, i64, i64)| {
            let is_late = of.iter().any(|row| row.id == id && row.expires_at <= at);
            let rest = (all - used - revoked).unsigned_abs();
            let (unused, expired) = if is_late { (0, rest) } else { (rest, 0) };
            let counts = CardCounts { unused, expired, used: used.unsigned_abs(), revoked: revoked.unsigned_abs() };
            (id, counts)
        };
        Ok(counted.into_iter().map(in_words).collect())
    }

    /// Cards of a batch by their number: all, in a state, or the one with a number. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; nothing is found where there is no batch.
    pub async fn list(
        &self,
        actor: &Actor,
        batch: &Batch,
        (state, number): (Option<CardState>, Option<i64>),
        cursor: Cursor,
        limit: usize,
    ) -> Result<Page<Card>> {
        actor.require_staff()?;
        let is_late = batch.expires_at <= self.0.now();
        let is = state.map(|state| match state {
            CardState::Used => Condition::all().add(cards::COLUMN.redeemed_at.is_not_null()),
            CardState::Revoked => Condition::all().add(cards::COLUMN.revoked_at.is_not_null()),
            // Of one batch it is too late for all, or for none.
            CardState::Unused => unused().add_option(is_late.then(|| cards::COLUMN.id.is_null())),
            CardState::Expired => unused().add_option((!is_late).then(|| cards::COLUMN.id.is_null())),
        });
        let theirs = Condition::all()
            .add(cards::COLUMN.batch_id.eq(batch.id))
            .add_option(is)
            .add_option(number.map(|number| cards::COLUMN.number.eq(number)));
        let query = Table::find().join(JoinType::LeftJoin, cards::Relation::Users.def()).filter(theirs);
        // The first number first.
        let query = page::by_number(query, Expr::col((Table, cards::Column::Number)).mul(-1i64), cursor, limit);
        let rows: Vec<CardRow> = query.into_partial_model().all(&self.0.db).await.or_refuse()?;
        Ok(Page::from_rows(rows, limit, cursor, |row| -row.number).map(|row| row.into_card(is_late)))
    }

    /// By which card a customer came, if by one. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn origin(&self, actor: &Actor, customer: UserId) -> Result<Option<CardOrigin>> {
        actor.require_staff()?;
        let card = Table::find()
            .join(JoinType::InnerJoin, cards::Relation::Batches.def())
            .filter(cards::COLUMN.user_id.eq(customer));
        let row: Option<OriginRow> = card.into_partial_model().one(&self.0.db).await.or_refuse()?;
        Ok(row.map(|row| CardOrigin { batch: row.batch_id, name: row.name, site: row.site, number: row.number }))
    }

    /// The category that a new ticket of the customer who asks has at first, if they came by a card whose batch has one that
    /// is offered. Customers.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn category_for(&self, actor: &Actor) -> Result<Option<String>> {
        let Some(customer) = actor.id.filter(|_| actor.role == Role::Customer) else { return Ok(None) };
        let name = Table::find()
            .join(JoinType::InnerJoin, cards::Relation::Batches.def())
            .join(JoinType::InnerJoin, batches::Relation::Categories.def())
            .filter(cards::COLUMN.user_id.eq(customer))
            .filter(categories::COLUMN.is_active.eq(true))
            .select_only()
            .expr_as(Expr::col((Categories, categories::Column::Name)), "name");
        name.into_tuple().one(&self.0.db).await.or_refuse()
    }
}
