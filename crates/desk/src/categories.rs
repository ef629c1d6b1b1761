//! The list of categories, which admins edit.
use domain::{Actor, Category, CategoryId, Result};
use crate::Inner;

/// Use cases of categories.
pub struct Categories<'a>(pub(crate) &'a Inner);

#[derive(Default)]
pub(crate) struct CategoriesState {}

impl Categories<'_> {
    /// The names offered for new tickets, in order. Anybody.
    pub async fn names(&self) -> Result<Vec<String>> { todo!() }
    /// The whole list with counts, in order. Staff.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Category>> { todo!() }
    /// Adds a category at the end. Admins.
    pub async fn add(&self, actor: &Actor, name: &str) -> Result<Category> { todo!() }
    /// Renames one. Admins.
    pub async fn rename(&self, actor: &Actor, id: CategoryId, name: &str) -> Result<()> { todo!() }
    /// Offers one again, or retires it; the default one cannot be retired. Admins.
    pub async fn set_active(&self, actor: &Actor, id: CategoryId, is_active: bool) -> Result<()> { todo!() }
    /// Makes one the default. Admins.
    pub async fn set_default(&self, actor: &Actor, id: CategoryId) -> Result<()> { todo!() }
}
