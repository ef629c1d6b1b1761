//! One set of line icons on a 24 px grid; colour, size and stroke come from the style sheet.

use leptos::prelude::*;

/// What an icon shows: its shapes, as SVG. Constants rather than one list with a name for each, so that the WASM holds only
/// those that a browser draws itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IconName(&'static str);

#[expect(missing_docs, reason = "each name says what the icon shows")]
#[expect(non_upper_case_globals, reason = "they are used as the variants of a choice")]
impl IconName {
    pub const Alert: Self = Self(
        r#"<path d="M10.4 4.3 2.7 17.6A1.9 1.9 0 0 0 4.3 20.4h15.4a1.9 1.9 0 0 0 1.6-2.8L13.6 4.3a1.9 1.9 0 0 0-3.2 0zM12 9.5v4M12 17h0"/>"#,
    );
    pub const ArrowLeft: Self = Self(r#"<path d="M20 12H4.5M11 5.5 4.5 12l6.5 6.5"/>"#);
    pub const BarsHigh: Self = Self(r#"<path d="M5.5 15v4M12 10v9M18.5 5v14"/>"#);
    pub const BarsLow: Self = Self(r#"<path d="M5.5 15v4"/><path opacity=".3" d="M12 10v9M18.5 5v14"/>"#);
    pub const BarsMid: Self = Self(r#"<path d="M5.5 15v4M12 10v9"/><path opacity=".3" d="M18.5 5v14"/>"#);
    pub const Check: Self = Self(r#"<path d="m4.5 12.5 5 5 10-11"/>"#);
    pub const CheckCircle: Self = Self(r#"<circle cx="12" cy="12" r="8.75"/><path d="m8.2 12.3 2.7 2.7 5-5.6"/>"#);
    pub const ChevronLeft: Self = Self(r#"<path d="m14.5 6-6 6 6 6"/>"#);
    pub const ChevronRight: Self = Self(r#"<path d="m9.5 6 6 6-6 6"/>"#);
    pub const Circle: Self = Self(r#"<circle cx="12" cy="12" r="8.75"/>"#);
    pub const Clock: Self = Self(r#"<circle cx="12" cy="12" r="8.75"/><path d="M12 7v5.2l3.3 2"/>"#);
    pub const Copy: Self = Self(
        r#"<rect x="8.5" y="8.5" width="12" height="12" rx="2.2"/><path d="M15.5 8.5V5.7a2.2 2.2 0 0 0-2.2-2.2H5.7a2.2 2.2 0 0 0-2.2 2.2v7.6a2.2 2.2 0 0 0 2.2 2.2h2.8"/>"#,
    );
    pub const Cross: Self = Self(r#"<path d="m6 6 12 12M18 6 6 18"/>"#);
    pub const Document: Self = Self(
        r#"<path d="M13.5 3H7.2A2.2 2.2 0 0 0 5 5.2v13.6A2.2 2.2 0 0 0 7.2 21h9.6a2.2 2.2 0 0 0 2.2-2.2V8.5zM13.5 3v5.5H19M9 13h6M9 16.8h4"/>"#,
    );
    pub const Download: Self = Self(r#"<path d="M12 4v11.5M7 10.8l5 4.9 5-4.9M4.5 20h15"/>"#);
    pub const External: Self = Self(
        r#"<path d="M14 4h6v6M20 4l-9 9M18 13.5v4.3a2.2 2.2 0 0 1-2.2 2.2H6.2A2.2 2.2 0 0 1 4 17.8V8.2A2.2 2.2 0 0 1 6.2 6h4.3"/>"#,
    );
    pub const Files: Self = Self(
        r#"<path d="M3.5 18.3V5.7a1.7 1.7 0 0 1 1.7-1.7h3.6a2 2 0 0 1 1.6.8l1.2 1.7h7.2a1.7 1.7 0 0 1 1.7 1.7v10.1a1.7 1.7 0 0 1-1.7 1.7H5.2a1.7 1.7 0 0 1-1.7-1.7z"/>"#,
    );
    pub const Flame: Self = Self(
        r#"<path d="M12 21a6.6 6.6 0 0 1-6.6-6.6c0-2.9 1.6-4.5 2.8-6 .3 1.5 1 2.3 2 2.8C10 7.5 11 4.8 13.6 3c0 3 1.3 4.4 2.7 6 1.2 1.4 2.3 3 2.3 5.4A6.6 6.6 0 0 1 12 21z"/>"#,
    );
    pub const HalfCircle: Self = Self(
        r#"<circle cx="12" cy="12" r="8.75"/><path fill="currentColor" stroke="none" d="M12 6.7a5.3 5.3 0 0 1 0 10.6z"/>"#,
    );
    pub const History: Self =
        Self(r#"<path d="M3.6 12a8.4 8.4 0 1 0 2.8-6.3L3.6 8.2M3.6 3.8v4.4H8M12 7.5v4.7l3 1.8"/>"#);
    pub const Home: Self = Self(
        r#"<rect x="3.5" y="3.5" width="7" height="9" rx="1.6"/><rect x="13.5" y="3.5" width="7" height="5" rx="1.6"/><rect x="13.5" y="11.5" width="7" height="9" rx="1.6"/><rect x="3.5" y="15.5" width="7" height="5" rx="1.6"/>"#,
    );
    pub const Image: Self = Self(
        r#"<rect x="3.5" y="4.5" width="17" height="15" rx="2.2"/><circle cx="9" cy="10" r="1.6"/><path d="m4.5 17.5 4.3-3.6 3 2.3 3.5-3.7 4.7 4.7"/>"#,
    );
    pub const Inbox: Self = Self(
        r#"<path d="M3.5 13.5 6 6.1A2.2 2.2 0 0 1 8.1 4.6h7.8A2.2 2.2 0 0 1 18 6.1l2.5 7.4v4.3a2.2 2.2 0 0 1-2.2 2.2H5.7a2.2 2.2 0 0 1-2.2-2.2zM3.7 13.5H8.5l1.3 2.5h4.4l1.3-2.5h4.8"/>"#,
    );
    pub const Info: Self = Self(r#"<circle cx="12" cy="12" r="8.75"/><path d="M12 11.3v5M12 7.8h0"/>"#);
    pub const Key: Self = Self(r#"<circle cx="8" cy="15.5" r="4.5"/><path d="M11.3 12.3 20 3.7M16.2 7.4l3.1 3.1"/>"#);
    pub const Lock: Self =
        Self(r#"<rect x="5" y="10.5" width="14" height="10" rx="2.2"/><path d="M8 10.5V7.7a4 4 0 0 1 8 0v2.8"/>"#);
    pub const LogOut: Self = Self(
        r#"<path d="M14.5 4H6.7a2.2 2.2 0 0 0-2.2 2.2v11.6A2.2 2.2 0 0 0 6.7 20h7.8M10 12h10.5M16.5 8l4 4-4 4"/>"#,
    );
    pub const Menu: Self = Self(r#"<path d="M4 7h16M4 12h16M4 17h16"/>"#);
    pub const Minus: Self = Self(r#"<circle cx="12" cy="12" r="8.75"/><path d="M8.2 12h7.6"/>"#);
    pub const Monitor: Self =
        Self(r#"<rect x="3" y="4" width="18" height="12.5" rx="2.2"/><path d="M8.5 20.5h7M12 16.5v4"/>"#);
    pub const Moon: Self = Self(r#"<path d="M20 14.3A8.3 8.3 0 0 1 9.7 4a8.3 8.3 0 1 0 10.3 10.3z"/>"#);
    pub const Paperclip: Self = Self(
        r#"<path d="m20 11.3-8.3 8.3a5.1 5.1 0 0 1-7.2-7.2l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7"/>"#,
    );
    pub const Pdf: Self = Self(
        r#"<path d="M13.5 3H7.2A2.2 2.2 0 0 0 5 5.2v13.6A2.2 2.2 0 0 0 7.2 21h9.6a2.2 2.2 0 0 0 2.2-2.2V8.5zM13.5 3v5.5H19"/><path fill="currentColor" stroke="none" d="M9.3 12h5.4a1 1 0 0 1 1 1v4a1 1 0 0 1-1 1H9.3a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1z"/>"#,
    );
    pub const Pencil: Self =
        Self(r#"<path d="m4.5 19.5.9-4.2L15.9 4.8a2 2 0 0 1 2.8 0l.5.5a2 2 0 0 1 0 2.8L8.7 18.6zM13.7 7l3.3 3.3"/>"#);
    pub const Plus: Self = Self(r#"<path d="M12 5v14M5 12h14"/>"#);
    pub const Printer: Self = Self(
        r#"<path d="M7 8.5V3.5h10v5M7 17.5H5.2A2.2 2.2 0 0 1 3 15.3v-4.6a2.2 2.2 0 0 1 2.2-2.2h13.6a2.2 2.2 0 0 1 2.2 2.2v4.6a2.2 2.2 0 0 1-2.2 2.2H17M7 14h10v6.5H7z"/>"#,
    );
    pub const Reply: Self = Self(r#"<path d="M9.5 5.5 4 11l5.5 5.5M4.5 11H14a6 6 0 0 1 6 6v1.5"/>"#);
    pub const Search: Self = Self(r#"<circle cx="10.8" cy="10.8" r="6.8"/><path d="m16 16 4.5 4.5"/>"#);
    pub const Shield: Self =
        Self(r#"<path d="M12 3.3 4.8 6v5.5c0 4.5 3 7.7 7.2 9.2 4.2-1.5 7.2-4.7 7.2-9.2V6zM8.8 12l2.3 2.3 4.1-4.6"/>"#);
    pub const Sun: Self = Self(
        r#"<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"/>"#,
    );
    pub const Tag: Self = Self(
        r#"<path d="M3.5 11.6V5.3a1.8 1.8 0 0 1 1.8-1.8h6.3a2 2 0 0 1 1.4.6l7 7a2 2 0 0 1 0 2.8l-6 6a2 2 0 0 1-2.8 0l-7-7a2 2 0 0 1-.7-1.3zM8 8h0"/>"#,
    );
    pub const Ticket: Self = Self(
        r#"<path d="M3.5 9V7.2A2.2 2.2 0 0 1 5.7 5h12.6a2.2 2.2 0 0 1 2.2 2.2V9a3 3 0 0 0 0 6v1.8a2.2 2.2 0 0 1-2.2 2.2H5.7a2.2 2.2 0 0 1-2.2-2.2V15a3 3 0 0 0 0-6zM14 9v1.5M14 13.5V15"/>"#,
    );
    pub const Trash: Self = Self(
        r#"<path d="M4 6.5h16M9 6.5V4.8A1.3 1.3 0 0 1 10.3 3.5h3.4A1.3 1.3 0 0 1 15 4.8v1.7M6 6.5l.8 12a2.1 2.1 0 0 0 2.1 2h6.2a2.1 2.1 0 0 0 2.1-2l.8-12M10 10.5v6M14 10.5v6"/>"#,
    );
    pub const Upload: Self = Self(r#"<path d="M12 16V4.5M7 9.3l5-4.9 5 4.9M4.5 20h15"/>"#);
    pub const User: Self = Self(r#"<circle cx="12" cy="8" r="4.3"/><path d="M4 20.5c.8-4 4-6 8-6s7.2 2 8 6"/>"#);
    pub const UserOff: Self = Self(
        r#"<circle cx="10" cy="8" r="4.3"/><path d="M2.5 20.5c.7-4 3.7-6 7.5-6 1.5 0 2.9.3 4 1M16.5 16l5 5M21.5 16l-5 5"/>"#,
    );
    pub const Users: Self = Self(
        r#"<circle cx="9" cy="8" r="4"/><path d="M2 20c.6-3.8 3.4-5.6 7-5.6s6.4 1.8 7 5.6M15.5 4.3a4 4 0 0 1 0 7.4M18.5 14.9c2 .8 3.2 2.5 3.5 5.1"/>"#,
    );
}

/// An icon. Hidden from screen readers: a word beside it, or an `aria-label` around it, says what it means.
#[component]
pub fn Icon(
    /// Which one.
    name: IconName,
) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" inner_html=name.0></svg> }
}
