//! The list of categories, which admins edit.

use domain::{Actor, Category, CategoryId, Change, Error, LedgerData, Result};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DerivePartialModel, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, UpdateResult,
    sea_query::{Expr, Query, SimpleExpr},
};

use crate::{
    rooms::Inner,
    store::{
        db::{Hot, Tx},
        entities::{Categories as Table, Tickets, categories, tickets},
        fault::OrRefuse as _,
        raw::forms::{OFFERED, Offered},
    },
    trail::ledger::NewEntry,
};

/// Use cases of categories.
pub struct Categories<'a>(pub(crate) &'a Inner);

/// Reads a category's name, whatever its case; the default one for none. On the pool or in a transaction.
///
/// # Errors
/// The sentence for the field; and [`Error::Unavailable`].
pub(crate) async fn resolve(db: &impl Hot, name: Option<&str>) -> Result<Result<(CategoryId, String), String>> {
    Ok(choose(db.hot(OFFERED, []).await?, name))
}

fn choose(rows: Vec<Offered>, name: Option<&str>) -> Result<(CategoryId, String), String> {
    let found = match name.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => {
            let wanted = name.to_lowercase();
            rows.iter().find(|row| row.name.to_lowercase() == wanted)
        }
        None => rows.iter().find(|row| row.is_default),
    };
    found
        .map(|row| (row.id, row.name.clone()))
        .ok_or_else(|| domain::not_a_choice(name.unwrap_or_default(), rows.iter().map(|row| row.name.as_str())))
}

impl Categories<'_> {
    /// The names offered for new tickets, in order. Anybody.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn names(&self) -> Result<Vec<String>> {
        self.read_names(true).await
    }

    /// The names that tickets may have, retired ones too, in order. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn all_names(&self, actor: &Actor) -> Result<Vec<String>> {
        actor.require_staff()?;
        self.read_names(false).await
    }

    async fn read_names(&self, only_active: bool) -> Result<Vec<String>> {
        let mut query = Table::find().select_only().column(categories::Column::Name);
        if only_active {
            query = query.filter(categories::COLUMN.is_active.eq(true));
        }
        query.order_by_asc(categories::COLUMN.position).into_tuple().all(&self.0.db).await.or_refuse()
    }

    /// The whole list with counts, in order. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Category>> {
        actor.require_staff()?;
        let rows: Vec<Counted> = Table::find()
            .order_by_asc(categories::COLUMN.position)
            .into_partial_model()
            .all(&self.0.db)
            .await
            .or_refuse()?;
        Ok(rows
            .into_iter()
            .map(|row| Category {
                id: row.id,
                name: row.name,
                is_active: row.is_active,
                is_default: row.is_default,
                tickets: row.tickets.unsigned_abs(),
            })
            .collect())
    }

    /// Adds a category at the end. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`]
    pub async fn add(&self, actor: &Actor, name: &str) -> Result<()> {
        actor.require_admin()?;
        let name = check_name(name)?;
        let tx = self.0.db.begin().await?;
        refuse_taken(&tx, &name, None).await?;
        let last: Option<i64> = Table::find()
            .select_only()
            .column_as(categories::COLUMN.position.max(), "last")
            .into_tuple()
            .one(&tx)
            .await
            .or_refuse()?
            .flatten();
        let added = LedgerData::CategoryAdded { name: name.clone() };
        let new = categories::ActiveModel {
            name_key: Set(name.to_lowercase()),
            name: Set(name),
            position: Set(last.unwrap_or(0) + 1),
            is_active: Set(true),
            is_default: Set(false),
            ..Default::default()
        };
        Table::insert(new).exec(&tx).await.or_refuse()?;
        NewEntry::of_desk(added).note(&tx, actor, self.0.now());
        tx.commit().await
    }

    /// Renames one; its tickets have the new name. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`]
    pub async fn rename(&self, actor: &Actor, id: CategoryId, name: &str) -> Result<()> {
        actor.require_admin()?;
        let name = check_name(name)?;
        let tx = self.0.db.begin().await?;
        refuse_taken(&tx, &name, Some(id)).await?;
        let before = Table::find_by_id(id).one(&tx).await.or_refuse()?.ok_or(Error::NotFound)?;
        self.note(&tx, actor, &before.name, Change::of("name", &before.name, &name));
        let change =
            categories::ActiveModel { name_key: Set(name.to_lowercase()), name: Set(name), ..Default::default() };
        found(Table::update_many().set(change).filter(categories::COLUMN.id.eq(id)).exec(&tx).await.or_refuse()?)?;
        tx.commit().await
    }

    /// Offers one again, or retires it: it stays on the tickets that have it. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] for the default one.
    pub async fn set_active(&self, actor: &Actor, id: CategoryId, is_active: bool) -> Result<()> {
        actor.require_admin()?;
        let tx = self.0.db.begin().await?;
        tx.serialise("categories").await?;
        let category = Table::find_by_id(id).one(&tx).await.or_refuse()?.ok_or(Error::NotFound)?;
        if !is_active && category.is_default {
            return Err(Error::conflict("This is the default category. Make another one the default first."));
        }
        let word = |is_active: bool| if is_active { "offered" } else { "retired" };
        self.note(&tx, actor, &category.name, Change::of("state", word(category.is_active), word(is_active)));
        let change = categories::ActiveModel { is_active: Set(is_active), ..Default::default() };
        found(Table::update_many().set(change).filter(categories::COLUMN.id.eq(id)).exec(&tx).await.or_refuse()?)?;
        tx.commit().await
    }

    fn note(&self, tx: &Tx, actor: &Actor, name: &str, change: Option<Change>) {
        let changes: Vec<Change> = change.into_iter().collect();
        if !changes.is_empty() {
            NewEntry::of_desk(LedgerData::CategoryChanged { name: name.to_owned(), changes }).note(
                tx,
                actor,
                self.0.now(),
            );
        }
    }

    /// Makes one the default for tickets that name none. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] also for a retired one.
    pub async fn set_default(&self, actor: &Actor, id: CategoryId) -> Result<()> {
        actor.require_admin()?;
        let tx = self.0.db.begin().await?;
        tx.serialise("categories").await?;
        let was = Table::find().filter(categories::COLUMN.is_default.eq(true)).one(&tx).await.or_refuse()?;
        let new = Table::find_by_id(id).one(&tx).await.or_refuse()?.ok_or(Error::NotFound)?;
        let was = was.map(|category| category.name).unwrap_or_default();
        self.note(&tx, actor, &new.name, Change::of("default category", &was, &new.name));
        let default = |is_default| categories::ActiveModel { is_default: Set(is_default), ..Default::default() };
        let others = Table::update_many().set(default(false)).filter(categories::COLUMN.is_default.eq(true));
        others.exec(&tx).await.or_refuse()?;
        let this = Table::update_many().set(default(true)).filter(categories::COLUMN.id.eq(id));
        found(this.filter(categories::COLUMN.is_active.eq(true)).exec(&tx).await.or_refuse()?)?;
        tx.commit().await
    }
}

/// A category, and how many tickets have it.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Table")]
struct Counted {
    id: CategoryId,
    name: String,
    is_active: bool,
    is_default: bool,
    #[sea_orm(from_expr = "tickets_of_category()")]
    tickets: i64,
}

fn tickets_of_category() -> SimpleExpr {
    let its = Expr::col((Tickets, tickets::Column::CategoryId)).equals((Table, categories::Column::Id));
    let count =
        Query::select().expr(Expr::col((Tickets, tickets::Column::Id)).count()).from(Tickets).and_where(its).take();
    SimpleExpr::from(count)
}

fn found(changed: UpdateResult) -> Result<()> {
    if changed.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn check_name(name: &str) -> Result<String> {
    let name = domain::check_text(name, 50).map_err(|sentence| Error::field("name", sentence))?;
    if name.contains(char::is_control) {
        return Err(Error::field("name", "Write the name in one line."));
    }
    Ok(name)
}

async fn refuse_taken(tx: &Tx, name: &str, except: Option<CategoryId>) -> Result<()> {
    tx.serialise("categories").await?;
    let mut taken = Table::find().filter(categories::COLUMN.name_key.eq(name.to_lowercase()));
    if let Some(id) = except {
        taken = taken.filter(categories::COLUMN.id.ne(id));
    }
    match taken.one(tx).await.or_refuse()? {
        Some(_) => Err(Error::field("name", "There is a category with this name already.")),
        None => Ok(()),
    }
}
