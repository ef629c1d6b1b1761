//! The list of categories, which admins edit.

use domain::{Actor, Category, CategoryId, Error, Result};
use sea_orm::FromQueryResult;

use crate::{
    rooms::Inner,
    store::db::{Db, Scalar, Tx},
};

/// Use cases of categories.
pub struct Categories<'a>(pub(crate) &'a Inner);

#[derive(FromQueryResult)]
struct CategoryRow {
    id: i64,
    name: String,
    is_active: bool,
    is_default: bool,
    tickets: i64,
}

const ACTIVE: &str = "SELECT id, name, is_active, is_default, CAST(0 AS BIGINT) AS tickets FROM categories
    WHERE is_active ORDER BY position";

/// Reads a category's name, whatever its case; the default one for none.
pub(crate) async fn resolve(db: &Db, name: Option<&str>) -> Result<Result<(CategoryId, String), String>> {
    Ok(choose(&db.all(ACTIVE, []).await?, name))
}

/// As [`resolve`], in a transaction.
pub(crate) async fn resolve_in(tx: &Tx, name: Option<&str>) -> Result<Result<(CategoryId, String), String>> {
    Ok(choose(&tx.all(ACTIVE, []).await?, name))
}

fn choose(rows: &[CategoryRow], name: Option<&str>) -> Result<(CategoryId, String), String> {
    let found = match name.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => {
            let wanted = name.to_lowercase();
            rows.iter().find(|row| row.name.to_lowercase() == wanted)
        }
        None => rows.iter().find(|row| row.is_default),
    };
    found
        .map(|row| (CategoryId(row.id), row.name.clone()))
        .ok_or_else(|| domain::not_a_choice(name.unwrap_or_default(), rows.iter().map(|row| row.name.as_str())))
}

impl Categories<'_> {
    /// The names offered for new tickets, in order. Anybody.
    ///
    /// # Errors
    /// [`Error::Unavailable`]
    pub async fn names(&self) -> Result<Vec<String>> {
        self.read_names("SELECT name FROM categories WHERE is_active ORDER BY position").await
    }

    /// The names that tickets may have, retired ones too, in order. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn all_names(&self, actor: &Actor) -> Result<Vec<String>> {
        actor.require_staff()?;
        self.read_names("SELECT name FROM categories ORDER BY position").await
    }

    async fn read_names(&self, sql: &str) -> Result<Vec<String>> {
        #[derive(FromQueryResult)]
        struct Name {
            name: String,
        }
        let rows: Vec<Name> = self.0.db.all(sql, []).await?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }

    /// The whole list with counts, in order. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Category>> {
        actor.require_staff()?;
        let rows: Vec<CategoryRow> = self
            .0
            .db
            .all(
                "SELECT c.id, c.name, c.is_active, c.is_default,
                    (SELECT COUNT(*) FROM tickets t WHERE t.category_id = c.id) AS tickets
                 FROM categories c ORDER BY c.position",
                [],
            )
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| Category {
                id: CategoryId(row.id),
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
        tx.execute(
            "INSERT INTO categories (name, name_key, position, is_active, is_default)
             SELECT $1, $2, COALESCE(MAX(position), 0) + 1, $3, $4 FROM categories",
            [name.as_str().into(), name.to_lowercase().into(), true.into(), false.into()],
        )
        .await?;
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
        let changed = tx
            .execute(
                "UPDATE categories SET name = $1, name_key = $2 WHERE id = $3",
                [name.as_str().into(), name.to_lowercase().into(), id.0.into()],
            )
            .await?;
        found(changed)?;
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
        let is_default: Option<Scalar> =
            tx.one("SELECT id FROM categories WHERE id = $1 AND is_default", [id.0.into()]).await?;
        if !is_active && is_default.is_some() {
            return Err(Error::conflict("This is the default category. Make another one the default first."));
        }
        found(
            tx.execute("UPDATE categories SET is_active = $1 WHERE id = $2", [is_active.into(), id.0.into()]).await?,
        )?;
        tx.commit().await
    }

    /// Makes one the default for tickets that name none. Admins.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] also for a retired one.
    pub async fn set_default(&self, actor: &Actor, id: CategoryId) -> Result<()> {
        actor.require_admin()?;
        let tx = self.0.db.begin().await?;
        tx.serialise("categories").await?;
        tx.execute("UPDATE categories SET is_default = $1 WHERE is_default", [false.into()]).await?;
        found(
            tx.execute("UPDATE categories SET is_default = $1 WHERE id = $2 AND is_active", [true.into(), id.0.into()])
                .await?,
        )?;
        tx.commit().await
    }
}

fn found(changed: u64) -> Result<()> {
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
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
    let taken: Option<Scalar> = tx
        .one(
            "SELECT id FROM categories WHERE name_key = $1 AND id <> $2",
            [name.to_lowercase().into(), except.map_or(0, |id| id.0).into()],
        )
        .await?;
    if taken.is_some() { Err(Error::field("name", "There is a category with this name already.")) } else { Ok(()) }
}
