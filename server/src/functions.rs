//! Which server function a request names.

use app::{
    admin::{
        factor::api::{BeginAuthenticator, BeginPasskey, ConfirmAuthenticator, FinishPasskey},
        login::api::{StaffLogin, StaffLoginCode},
        set_up::api::SetUp,
    },
    layout::SetTheme,
    login::api::{LogOut, Login},
};
use http::Uri;
pub(crate) use islands::deed::PREFIX;
use islands::{
    deed::{Deed as _, WITH_FILES},
    tickets::api::DropFiles,
};

/// Those that let somebody in or out, are about the browser alone, or look themselves who asks.
const OPEN: [&str; 7] =
    [Login::NAME, StaffLogin::NAME, StaffLoginCode::NAME, SetUp::NAME, LogOut::NAME, SetTheme::NAME, DropFiles::NAME];

/// Whether a server function is for whoever is there, whatever they were let in for.
pub(crate) fn is_open(name: &str) -> bool {
    OPEN.contains(&name)
}

/// Whether a server function is for who must set up a second factor before anything else.
pub(crate) fn sets_factor(name: &str) -> bool {
    [BeginAuthenticator::NAME, ConfirmAuthenticator::NAME, BeginPasskey::NAME, FinishPasskey::NAME].contains(&name)
}

/// Whether a server function takes files.
pub(crate) fn takes_files(name: &str) -> bool {
    WITH_FILES.contains(&name)
}

/// The server function that a form names.
pub(crate) fn of_form(uri: &Uri) -> Option<String> {
    let query = uri.query().unwrap_or_default().as_bytes();
    form_urlencoded::parse(query).find(|(name, _)| name == "fn").map(|(_, value)| value.into_owned())
}

/// The server function that an address names, or that a form sent to it does.
pub(crate) fn of(uri: &Uri) -> Option<String> {
    match uri.path().strip_prefix(PREFIX) {
        Some(name) => Some(name.to_owned()),
        None => of_form(uri),
    }
}
