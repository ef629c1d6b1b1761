//! Where buckets are and who asks, in the variables that other programs take it from, too.

use desk::BucketAccess;

/// What the variables say; an empty one says nothing.
pub(super) fn access(variable: impl Fn(&str) -> Option<String>) -> BucketAccess {
    let variable = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    BucketAccess {
        endpoint: variable("AWS_ENDPOINT").or_else(|| variable("AWS_ENDPOINT_URL")),
        region: variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")),
        key_id: variable("AWS_ACCESS_KEY_ID"),
        key: variable("AWS_SECRET_ACCESS_KEY"),
        session_token: variable("AWS_SESSION_TOKEN"),
        ca_bundle: variable("AWS_CA_BUNDLE").map(Into::into),
        ..BucketAccess::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Sources;

    #[test]
    fn a_bucket_takes_the_variables_that_are_usual() {
        let resolved = |more: &[(&str, &str)]| {
            let own = [("PINDESK_STORAGE_URL", "s3://desk/files"), ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")];
            let environment = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Sources { environment: environment.collect(), ..Sources::default() }.resolve()
        };
        let refused = resolved(&[("AWS_SECRET_ACCESS_KEY", "")]).unwrap_err();
        assert!(refused.lines[0].contains("AWS_SECRET_ACCESS_KEY"), "{refused}");
        let more = [("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000")];
        let config = resolved(&more).unwrap();
        let bucket = config.settings.desk.storage.clone().unwrap();
        assert_eq!(bucket.to_string(), "s3://desk/files");
        assert_eq!(bucket.access.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        assert!(!format!("{:?}", config.settings).contains("wJalr"));
    }
}
