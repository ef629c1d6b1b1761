//! The files of a ticket.

use domain::{Attachment, FileKind, human_bytes};
use islands::{
    addresses,
    ui::{Icon, IconName},
};
use leptos::prelude::*;

/// Every file: a thumbnail or icon that opens it where browsers can, and a link to download it.
#[component]
pub fn AttachmentList(
    /// The files.
    files: Vec<Attachment>,
) -> impl IntoView {
    let tile = |file: Attachment| {
        let path = file.path();
        let download = addresses::download(&file);
        let opens = file.kind.is_inline();
        let look = match file.shown_picture() {
            Some(size) => view! {
                <img
                    src=path.clone()
                    alt=""
                    width=size.width
                    height=size.height
                    loading="lazy"
                    decoding="async"
                />
            }
            .into_any(),
            None => view! { <Icon name=file_icon(file.kind) /> }.into_any(),
        };
        let label = if opens { format!("Open {}", file.name) } else { format!("Download {}", file.name) };
        view! {
            <li class="attachment">
                <a
                    class="attachment-view"
                    href=if opens { path } else { download.clone() }
                    target=opens.then_some("_blank")
                    rel="nofollow"
                    aria-label=label
                >
                    {look}
                </a>
                <div class="attachment-foot">
                    <span class="file-body">
                        <span class="file-name" dir="auto" title=file.name.clone()>
                            {file.name.clone()}
                        </span>
                        <span class="file-meta">{file.kind.label()} " · " {human_bytes(file.size)}</span>
                    </span>
                    <a
                        class="btn btn-quiet btn-icon btn-sm"
                        href=download
                        download=file.name.clone()
                        aria-label=format!("Download {}", file.name)
                    >
                        <Icon name=IconName::Download />
                    </a>
                </div>
            </li>
        }
    };
    view! { <ul class="attachments">{files.into_iter().map(tile).collect_view()}</ul> }
}

/// The sign of a kind of file.
pub fn file_icon(kind: FileKind) -> IconName {
    match kind {
        FileKind::Pdf => IconName::Pdf,
        FileKind::Docx => IconName::Document,
        FileKind::Jpg | FileKind::Png => IconName::Image,
    }
}
