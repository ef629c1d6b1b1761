//! Single keys that do something on the pages of staff, which everybody switches on and off for themselves.

use domain::{Actor, Error, Result, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use super::{Users, change};
use crate::store::{
    entities::{Users as Table, users},
    fault::OrRefuse as _,
};

impl Users<'_> {
    /// Whether single keys do something for the caller; they do until somebody says otherwise. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn has_shortcuts(&self, actor: &Actor) -> Result<bool> {
        let id = own_id(actor)?;
        let row = Table::find().select_only().column(users::Column::HasShortcuts).filter(users::COLUMN.id.eq(id));
        Ok(row.into_tuple().one(&self.0.db).await.or_refuse()?.unwrap_or(true))
    }

    /// Switches them on or off for the caller. Staff.
    ///
    /// # Errors
    /// [`Error::Forbidden`]
    pub async fn set_shortcuts(&self, actor: &Actor, has_shortcuts: bool) -> Result<()> {
        let id = own_id(actor)?;
        let tx = self.0.db.begin().await?;
        change(&tx, id, users::ActiveModel { has_shortcuts: Set(has_shortcuts), ..Default::default() }).await?;
        tx.commit().await
    }
}

fn own_id(actor: &Actor) -> Result<UserId> {
    actor.require_staff()?;
    actor.id.ok_or_else(|| Error::forbidden("Only a person has keys."))
}
