//! A bucket of a server that speaks S3: where it is, who asks, and the store over it.

mod client;

pub(crate) use self::client::SLOWEST;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use object_store::{
    ObjectStore, RetryConfig,
    aws::AmazonS3Builder,
    path::{Path, PathPart},
    prefix::PrefixStore,
};

use crate::OpenError;

/// How an address begins.
const SCHEME: &str = "s3://";
/// Where a server of one's own does not ask for a region, requests are signed for this one.
const REGION: &str = "us-east-1";

/// A bucket, and a prefix below which everything of the desk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    name: String,
    /// Empty for the whole bucket.
    prefix: String,
    /// Where it is and who asks.
    pub access: BucketAccess,
}

/// Where buckets are and who asks: what other programs take from the variables `AWS_…`. `Debug` hides who.
#[derive(Clone, PartialEq, Eq)]
pub struct BucketAccess {
    /// `http(s)://host[:port]`; Amazon's own when none.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The id of the key.
    pub key_id: Option<String>,
    /// The key.
    pub key: Option<String>,
    /// Beside a key that is good for a while.
    pub session_token: Option<String>,
    /// A file with certificates (PEM) that are trusted beside the public ones.
    pub ca_bundle: Option<PathBuf>,
    /// How long a request waits for its answer, and for each piece of it.
    pub patience: Duration,
}

impl Default for BucketAccess {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: None,
            key_id: None,
            key: None,
            session_token: None,
            ca_bundle: None,
            patience: Duration::from_secs(20),
        }
    }
}

impl fmt::Debug for BucketAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("BucketAccess");
        shown.field("endpoint", &self.endpoint).field("region", &self.region).finish_non_exhaustive()
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.name)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

impl Bucket {
    /// Reads `s3://bucket/prefix`.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(address: &str, access: BucketAccess) -> Result<Self, String> {
        let example = "write it like s3://bucket or s3://bucket/desk";
        let rest = address.strip_prefix(SCHEME).ok_or_else(|| format!("it must begin with {SCHEME}; {example}"))?;
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        // docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, as far as it keeps an address readable.
        let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-._".contains(sign);
        if !(3..=63).contains(&name.len()) || !name.chars().all(is_sign) {
            return Err(format!("\"{name}\" is no name of a bucket; {example}"));
        }
        let prefix = prefix.trim_end_matches('/');
        let is_plain =
            |part: &str| !part.is_empty() && PathPart::parse(part).is_ok() && !part.contains(['?', '#', '%']);
        if !prefix.is_empty() && !prefix.split('/').all(is_plain) {
            return Err(format!("\"{prefix}\" is no prefix; {example}"));
        }
        Ok(Self { name: name.to_owned(), prefix: prefix.to_owned(), access })
    }

    /// Looks whether it is said who asks.
    ///
    /// # Errors
    /// A sentence.
    pub fn require_access(&self) -> Result<(), String> {
        let given = [("AWS_ACCESS_KEY_ID", &self.access.key_id), ("AWS_SECRET_ACCESS_KEY", &self.access.key)];
        match given.iter().find(|(_, value)| value.as_ref().is_none_or(String::is_empty)) {
            Some((name, _)) => Err(format!("{self} wants a key: set {name}")),
            None => Ok(()),
        }
    }

    /// The store: paths in it are below the prefix.
    pub(crate) fn store(&self) -> Result<Arc<dyn ObjectStore>, OpenError> {
        self.require_access().map_err(OpenError)?;
        let access = &self.access;
        let mut retry = RetryConfig { max_retries: 2, retry_timeout: access.patience, ..RetryConfig::default() };
        retry.backoff.max_backoff = Duration::from_secs(1);
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(access.region.as_deref().unwrap_or(REGION))
            .with_access_key_id(access.key_id.as_deref().unwrap_or_default())
            .with_secret_access_key(access.key.as_deref().unwrap_or_default())
            .with_allow_http(true)
            .with_retry(retry)
            .with_http_connector(client::Connector { access: access.clone() });
        if let Some(endpoint) = &access.endpoint {
            builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
        }
        if let Some(token) = &access.session_token {
            builder = builder.with_token(token);
        }
        let store = builder.build().map_err(|cause| OpenError(format!("cannot use the bucket {self}: {cause}")))?;
        Ok(match self.prefix.as_str() {
            "" => Arc::new(store),
            prefix => Arc::new(PrefixStore::new(store, Path::from(prefix))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (address, shown) in [
            ("s3://desk", "s3://desk"),
            ("s3://desk/", "s3://desk"),
            ("s3://files.example.org/a/b/", "s3://files.example.org/a/b"),
        ] {
            assert_eq!(Bucket::parse(address, BucketAccess::default()).unwrap().to_string(), shown);
        }
        for address in
            ["", "desk", "s3://", "s3://ab", "s3://Desk", "s3:///x", "s3://desk/a//b", "s3://desk/..", "s3://u:p@desk"]
        {
            let refused = Bucket::parse(address, BucketAccess::default()).unwrap_err();
            assert!(refused.contains("write it like"), "{address}: {refused}");
        }
    }

    #[test]
    fn keys_are_asked_for_and_never_shown() {
        let mut bucket = Bucket::parse("s3://desk", BucketAccess::default()).unwrap();
        assert!(bucket.require_access().unwrap_err().contains("AWS_ACCESS_KEY_ID"));
        bucket.access.key_id = Some("AKIDEXAMPLE".to_owned());
        assert!(bucket.require_access().unwrap_err().contains("AWS_SECRET_ACCESS_KEY"));
        bucket.access.key = Some("wJalrXUtnFEMI".to_owned());
        assert_eq!(bucket.require_access(), Ok(()));
        let shown = format!("{bucket:?} {bucket}");
        assert!(!shown.contains("AKID") && !shown.contains("wJalr"), "{shown}");
    }
}
