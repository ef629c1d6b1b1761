//! The HTTP with which a provider is asked: hyper, TLS by rustls on ring, and a limit on every wait and every answer.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Hyper, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;

use super::fault::Fault;

/// How long an answer may take, all of it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer.
const MOST: usize = 256 * 1024;

/// Asks, and follows nobody elsewhere.
pub(super) struct Client(Hyper<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Client {
    pub(super) fn new() -> io::Result<Self> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Which addresses may be asked without TLS, `Provider` says.
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Ok(Self(Hyper::builder(TokioExecutor::new()).build(connector)))
    }

    /// The JSON at an address.
    pub(super) async fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, Fault> {
        let request = Request::get(address).header(header::ACCEPT, "application/json").body(Full::default());
        self.ask(request).await
    }

    /// The JSON that a form is answered with.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        address: &str,
        form: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Result<T, Fault> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::post(address)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.ask(request.body(Full::from(body))).await
    }

    async fn ask<T: DeserializeOwned>(&self, request: http::Result<Request<Full<Bytes>>>) -> Result<T, Fault> {
        let request = request.map_err(|cause| Fault::Refused(format!("its address cannot be asked: {cause}")))?;
        let asked = async {
            let answer = self.0.request(request).await.map_err(|cause| Fault::Away(cause.to_string()))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), MOST).collect().await;
            let body = body.map_err(|cause| Fault::Away(cause.to_string()))?.to_bytes();
            if status.is_server_error() {
                return Err(Fault::Away(format!("it answered {status}")));
            }
            if !status.is_success() {
                // What it says besides may repeat what it was given.
                return Err(Fault::Refused(format!("it answered {status}")));
            }
            serde_json::from_slice(&body).map_err(|cause| Fault::Refused(format!("its answer cannot be read: {cause}")))
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(Fault::Away("it took too long".to_owned())))
    }
}
