//! Files from outside: for who was let in to add some to one ticket, and reads nothing of it.

use std::borrow::Cow;

use axum::extract::State;
use domain::{DropBox, FieldErrors, Timestamp};
use http::StatusCode;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema, schema::ObjectBuilder},
};

use super::{
    apart,
    fields::Fields,
    form::{ApiForm, Key, MayHaveFiles, with_files},
    sent::Sendable,
    wire::json,
};
use crate::{extract::DropOnly, reply::ApiResult, site::Site};

/// What it takes, and what came by this session.
#[derive(Serialize, ToSchema)]
#[schema(as = Drop)]
pub(crate) struct DropJson<'a> {
    /// What staff call it.
    #[schema(example = "Photos from the plumber")]
    title: &'a str,
    /// In all.
    max_files: u32,
    /// When it closes: two hours after the last upload at the latest. RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    files: Vec<DroppedJson<'a>>,
}

/// A file that arrived.
#[derive(Serialize, ToSchema)]
#[schema(as = DroppedFile)]
struct DroppedJson<'a> {
    /// The name it was sent with.
    name: &'a str,
    /// Bytes.
    size: u64,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    uploaded_at: Timestamp,
}

impl<'a> DropJson<'a> {
    fn of(shown: &'a DropBox) -> Self {
        let files = shown.files.iter();
        let files = files.map(|file| DroppedJson { name: &file.name, size: file.size, uploaded_at: file.uploaded_at });
        Self { title: &shown.title, max_files: shown.max_files, until: shown.until, files: files.collect() }
    }
}

/// Files alone.
pub(crate) struct FilesBody;

impl Sendable for FilesBody {
    fn read(_: &Fields, _: &mut FieldErrors) -> Option<Self> {
        Some(Self)
    }
}

impl MayHaveFiles for FilesBody {
    const ABOUT_FILES: &'static str = "PDF, JPG, PNG or DOCX; 5 MB each unless the desk is set up otherwise.";
    const FILES_SUFFICE_FOR: Option<&'static str> = None;

    fn into_texts(self) -> Vec<(String, String)> {
        Vec::new()
    }
}

impl PartialSchema for FilesBody {
    fn schema() -> RefOr<Schema> {
        Schema::Object(ObjectBuilder::new().required("attachments").build()).into()
    }
}

impl ToSchema for FilesBody {}

/// [`FilesBody`] for the description of the API.
pub(crate) enum FilesForm {}

impl PartialSchema for FilesForm {
    fn schema() -> RefOr<Schema> {
        with_files::<FilesBody>()
    }
}

impl ToSchema for FilesForm {
    fn name() -> Cow<'static, str> {
        "DropRequest".into()
    }
}

/// What a session to drop files takes, and what came by it.
#[utoipa::path(
    get, path = "/api/drop/", tag = "Files from outside", operation_id = "get_drop",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "What it takes, and what came", body = DropJson<'static>),
        DropOnly,
    )
)]
pub(crate) async fn view(State(site): State<Site>, DropOnly(actor): DropOnly) -> ApiResult {
    json(StatusCode::OK, &DropJson::of(&site.desk.drops().view(&actor).await?))
}

/// Add files: any number of parts named attachments. All or nothing.
#[utoipa::path(
    post, path = "/api/drop/", tag = "Files from outside", operation_id = "drop_files",
    security(("bearer" = []), ("cookie" = [])),
    params(Key),
    request_body(content((FilesForm = "multipart/form-data"))),
    responses(
        (status = 201, description = "What it takes, and what came", body = DropJson<'static>),
        DropOnly, ApiForm<FilesBody>,
    )
)]
pub(crate) async fn add(
    State(site): State<Site>,
    // Before a body is read that could not be used.
    DropOnly(actor): DropOnly,
    mut form: ApiForm<FilesBody>,
) -> ApiResult {
    let desk = site.desk.clone();
    let shown = apart(async move { desk.drops().add(&actor, &mut form).await }).await?;
    json(StatusCode::CREATED, &DropJson::of(&shown))
}
