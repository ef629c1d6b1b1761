//! The HTTP under the bucket: hyper, TLS by rustls on ring, and a limit on every wait.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, Client, connect::HttpConnector as Tcp},
    rt::{TokioExecutor, TokioTimer},
};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
        HttpResponseBody, HttpService,
    },
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::BucketAccess;

/// To reach a server at all.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Bytes a second that what is sent has at least.
pub(crate) const SLOWEST: u64 = 256 * 1024;
/// Bytes that are read of the reasons of a refusal.
const REASONS: usize = 64 * 1024;

/// Makes the client that the store asks with.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) access: BucketAccess,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let made = Caller::new(&self.access)
            .map_err(|cause| object_store::Error::Generic { store: "S3", source: cause.into() });
        Ok(HttpClient::new(made?))
    }
}

#[derive(Debug)]
struct Caller {
    client: Client<HttpsConnector<Tcp>, HttpRequestBody>,
    patience: Duration,
}

impl Caller {
    fn new(access: &BucketAccess) -> io::Result<Self> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(file) = &access.ca_bundle {
            let cannot = |cause: &dyn std::fmt::Display| {
                io::Error::other(format!(
                    "the certificates of AWS_CA_BUNDLE ({}) cannot be read: {cause}",
                    file.display()
                ))
            };
            for certificate in CertificateDer::pem_file_iter(file).map_err(|cause| cannot(&cause))? {
                let certificate = certificate.map_err(|cause| cannot(&cause))?;
                roots.add(certificate).map_err(|cause| cannot(&cause))?;
            }
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_TIME.min(access.patience)));
        tcp.set_nodelay(true);
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .build(connector);
        Ok(Self { client, patience: access.patience })
    }
}

fn failed(cause: legacy::Error) -> HttpError {
    let kind = if cause.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Request };
    HttpError::new(kind, cause)
}

fn late() -> HttpError {
    HttpError::new(HttpErrorKind::Timeout, io::Error::new(io::ErrorKind::TimedOut, "it did not answer in time"))
}

#[async_trait::async_trait]
impl HttpService for Caller {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let agent = HeaderValue::from_static(concat!("pindesk/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(header::USER_AGENT, agent);
        let sending = Duration::from_secs(request.body().content_length() as u64 / SLOWEST);
        let who = key_id(&request);
        let answer = timeout(self.patience + sending, self.client.request(request)).await;
        let answer = answer.map_err(|_| late())?.map_err(failed)?;
        let (head, body) = answer.into_parts();
        let body = Patient { body, patience: self.patience, late_at: None };
        if head.status.is_success() {
            return Ok(HttpResponse::from_parts(head, HttpResponseBody::new(body)));
        }
        // Some servers repeat what they were asked, and who asked.
        let reasons = match Limited::new(body, REASONS).collect().await {
            Ok(reasons) => reasons_of(&String::from_utf8_lossy(&reasons.to_bytes()), who.as_deref()),
            Err(_) => String::new(),
        };
        Ok(HttpResponse::from_parts(head, reasons.into()))
    }
}

/// The id of the key that a request is signed with.
fn key_id(request: &HttpRequest) -> Option<String> {
    let signed = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, rest) = signed.split_once("Credential=")?;
    rest.split('/').next().map(ToOwned::to_owned)
}

/// The code and the sentence of a refusal, and nothing else of it.
fn reasons_of(answer: &str, who: Option<&str>) -> String {
    let part = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(text, _)| text.to_owned())
    };
    let said: Vec<String> = ["Code", "Message"].into_iter().filter_map(part).collect();
    let said = said.join(": ");
    match who.filter(|who| !who.is_empty()) {
        Some(who) => said.replace(who, "…"),
        None => said,
    }
}

/// A body of which each piece has a limited time to come, from when it is waited for.
struct Patient {
    body: hyper::body::Incoming,
    patience: Duration,
    late_at: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for Patient {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, HttpError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.late_at = None;
            return Poll::Ready(
                frame.map(|frame| frame.map_err(|cause| HttpError::new(HttpErrorKind::Interrupted, cause))),
            );
        }
        let late_at = Instant::now() + self.patience;
        ready!(self.late_at.get_or_insert_with(|| Box::pin(sleep_until(late_at))).as_mut().poll(context));
        Poll::Ready(Some(Err(late())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_refusal_its_code_and_sentence_are_told_and_nobodys_key() {
        let answer = "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code><Message>The signature of AKIDEXAMPLE is \
             wrong</Message><AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256</StringToSign></Error>";
        assert_eq!(reasons_of(answer, Some("AKIDEXAMPLE")), "SignatureDoesNotMatch: The signature of … is wrong");
        assert_eq!(reasons_of("Service Unavailable", None), "");
    }
}
