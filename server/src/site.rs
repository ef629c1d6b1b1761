//! What every handler shares.

use std::{net::SocketAddr, ops::Deref, sync::Arc};

use desk::Desk;
use leptos::prelude::LeptosOptions;

use crate::{
    assets::embedded,
    body::FORM_OVERHEAD_BYTES,
    config::{PublicUrl, Settings},
    forms::once::Once,
    live::streams::Streams,
    metrics::counts::Metrics,
    middleware::measure::rates::Measure,
    pages::renderer::{Renderer, renderer},
    sign_on::provider::Provider,
};

/// The desk, the settings and what follows from them. Cheap to clone.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

/// See [`Site`].
pub struct Inner {
    /// The desk.
    pub desk: Desk,
    /// The settings.
    pub settings: Settings,
    /// The site's address as others reach it.
    pub public_url: PublicUrl,
    /// The same as text, without a trailing slash.
    pub public_url_text: Arc<str>,
    /// Origins that may call the REST API.
    pub cors_origins: Vec<String>,
    /// Bytes of a form with files.
    pub max_upload_bytes: u64,
    pub(crate) renderer: Renderer,
    pub(crate) streams: Arc<Streams>,
    pub(crate) measure: Measure,
    pub(crate) once: Once,
    /// The provider that staff log in with.
    pub(crate) provider: Option<Provider>,
    /// Its name, for the button.
    pub(crate) sign_on: Option<Arc<str>>,
    /// Where there is an address to read them at.
    pub(crate) metrics: Option<Metrics>,
}

impl Site {
    /// A site over a desk, listening at `listening`.
    pub fn new(desk: Desk, settings: Settings, listening: SocketAddr) -> Self {
        let public_url = settings.public_url_at(listening);
        let options = LeptosOptions::builder()
            .output_name("pindesk")
            .site_root("target/site")
            .site_pkg_dir(embedded::folder())
            .site_addr(listening)
            .reload_port(reload_port())
            .build();
        let upload = settings.desk.upload;
        let provider = Provider::new(&settings.sign_on, &public_url);
        Self(Arc::new(Inner {
            cors_origins: settings.cors_origins_at(&public_url),
            public_url_text: public_url.as_str().into(),
            max_upload_bytes: u64::from(upload.max_files) * upload.max_file_bytes + FORM_OVERHEAD_BYTES,
            renderer: renderer(options),
            streams: Arc::default(),
            once: Once::default(),
            sign_on: provider.as_ref().map(|_| settings.sign_on.name.as_str().into()),
            provider,
            metrics: settings.metrics_addr.map(|_| Metrics::default()),
            measure: Measure::new(settings.writes_per_minute, settings.reads_per_minute),
            public_url,
            desk,
            settings,
        }))
    }
}

/// Where cargo-leptos tells open pages of changes; it sets the variable for the server that it starts.
#[expect(clippy::disallowed_methods, reason = "cargo-leptos tells, nobody sets it")]
fn reload_port() -> u32 {
    std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8001)
}

impl Deref for Site {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
