//! What every form that is sent asks for. Raw because it is read on the thread that asks, which takes texts.

use domain::CategoryId;
use sea_orm::FromQueryResult;

use crate::store::hot::hot_row;

hot_row! {
    /// A category that can be chosen.
    #[derive(FromQueryResult)]
    pub(crate) struct Offered {
        pub(crate) id: CategoryId,
        pub(crate) name: String,
        pub(crate) is_default: bool,
    }
}

/// The categories that can be chosen, in order.
pub(crate) const OFFERED: &str = "SELECT id, name, is_default FROM categories WHERE is_active ORDER BY position";

hot_row! {
    /// How many there are.
    #[derive(FromQueryResult)]
    pub(crate) struct Count {
        pub(crate) count: i64,
    }
}

/// The drafts that the person `$1` has at the place `$2`: one or none.
pub(crate) const DRAFTS: &str = "SELECT COUNT(*) AS count FROM drafts WHERE user_id = $1 AND place = $2";
