//! Which desk a bucket belongs to, and which bucket a desk's files are in: noted at both ends, so that neither a bucket that two
//! desks were given by mistake nor a setting that was forgotten costs anybody a file.

use domain::Result as Done;
use object_store::{ObjectStoreExt as _, path::Path};
use sea_orm::{EntityTrait as _, QuerySelect as _};
use serde::{Deserialize, Serialize};

use super::shelf::Shelf;
use crate::{
    DeskConfig, OpenError,
    store::{
        db::Db,
        entities::{Attachments, attachments},
        fault::OrRefuse as _,
        keys::Keys,
        notes,
    },
};

/// The object in a bucket.
const MARK: &str = "desk";

/// What is noted in the data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Where {
    bucket: String,
}

/// The bucket that the data folder says the files are in.
pub(crate) fn noted(config: &DeskConfig) -> Option<String> {
    notes::read::<Where>(&config.data_dir, notes::STORAGE).map(|noted| noted.bucket)
}

/// Notes in the data folder where the files are.
pub(crate) fn note(config: &DeskConfig, bucket: Option<&str>) -> Result<(), OpenError> {
    let path = config.data_dir.join(notes::STORAGE);
    let noted = match bucket {
        Some(bucket) => notes::write(&config.data_dir, notes::STORAGE, &Where { bucket: bucket.to_owned() }),
        None if path.exists() => std::fs::remove_file(&path),
        None => Ok(()),
    };
    noted.map_err(|cause| crate::store::fault::cannot("write", &path, &cause))
}

/// What a desk leaves in its bucket: whoever has its secret knows it again.
fn mark_of(keys: &Keys) -> String {
    keys.keyed_hash("storage", "")
}

/// What is said where a bucket cannot be used.
pub(crate) fn cannot(shelf: &str, cause: &dyn std::fmt::Display) -> OpenError {
    OpenError(format!(
        "cannot use {shelf}: {cause}. Look whether it is there and can be reached (AWS_ENDPOINT, AWS_REGION), and whether the key \
         may read, write, list and delete in it"
    ))
}

/// Whether a bucket has this desk's mark; none when it has nobody's.
async fn is_marked(shelf: &Shelf, name: &str, keys: Option<&Keys>) -> Result<Option<bool>, OpenError> {
    match shelf.store.get(&Path::from(MARK)).await {
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(cause) => Err(cannot(name, &cause)),
        Ok(found) => {
            let bytes = found.bytes().await.map_err(|cause| cannot(name, &cause))?;
            Ok(Some(keys.is_some_and(|keys| bytes == mark_of(keys).as_bytes())))
        }
    }
}

/// Leaves this desk's mark in a bucket.
pub(crate) async fn leave(shelf: &Shelf, name: &str, keys: &Keys) -> Result<(), OpenError> {
    let put = shelf.store.put(&Path::from(MARK), mark_of(keys).into_bytes().into()).await;
    put.map(drop).map_err(|cause| cannot(name, &cause))
}

/// Takes it off a bucket that this desk has left: with settings of before no process starts there any more.
pub(crate) async fn take_off(shelf: &Shelf, name: &str) -> Result<(), OpenError> {
    match shelf.store.delete(&Path::from(MARK)).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(cause) => Err(cannot(name, &cause)),
    }
}

/// Refuses a bucket that does not have the files of this desk.
pub(crate) async fn require_own(shelf: &Shelf, name: &str, keys: &Keys) -> Result<(), OpenError> {
    match is_marked(shelf, name, Some(keys)).await? {
        Some(true) => Ok(()),
        Some(false) => Err(of_another(name)),
        None => Err(OpenError(format!(
            "{name} has no files of this desk: set PINDESK_STORAGE_URL to where they are, or take it away if they are in the data folder"
        ))),
    }
}

/// Refuses a bucket that is another desk's.
pub(crate) async fn require_free(shelf: &Shelf, name: &str, keys: Option<&Keys>) -> Result<(), OpenError> {
    if is_marked(shelf, name, keys).await? == Some(false) { Err(of_another(name)) } else { Ok(()) }
}

fn of_another(name: &str) -> OpenError {
    OpenError(format!(
        "{name} has the files of another desk, or of this one with another secret. Use another bucket or prefix; processes of one desk \
         have the same PINDESK_SECRET_KEY. If its secret was lost, go on with --new-secret"
    ))
}

/// Looks, when the desk is opened, whether the files are where the settings say.
pub(crate) async fn recognise(config: &DeskConfig, shelf: &Shelf, db: &Db, keys: &Keys) -> Result<(), OpenError> {
    let has_files = has_files(db).await;
    let has_files = has_files.map_err(|_| OpenError("cannot read the database; the log says why".to_owned()))?;
    let Some(bucket) = &config.storage else {
        return match noted(config) {
            Some(bucket) if has_files => Err(OpenError(format!(
                "the files of this desk are in {bucket}: set PINDESK_STORAGE_URL={bucket}, or bring them back with pindesk storage move \
                 --to folder"
            ))),
            _ => note(config, None),
        };
    };
    let name = bucket.to_string();
    match is_marked(shelf, &name, Some(keys)).await? {
        Some(true) => {}
        Some(false) if !config.new_secret => return Err(of_another(&name)),
        None if has_files && !config.new_secret => {
            return Err(OpenError(format!(
                "{name} has no files of this desk: set PINDESK_STORAGE_URL to where they are (take it away for the data folder), bring them \
                 with pindesk storage move --to {name}, and start again then"
            )));
        }
        _ => leave(shelf, &name, keys).await?,
    }
    note(config, Some(&name))
}

async fn has_files(db: &Db) -> Done<bool> {
    let one = Attachments::find().select_only().column(attachments::Column::Id).limit(1);
    let one: Option<i64> = one.into_tuple().one(db).await.or_refuse()?;
    Ok(one.is_some())
}
