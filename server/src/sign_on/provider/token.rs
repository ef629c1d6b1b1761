//! The provider's ID token: whether it is theirs, for us, now, and of this log-in (OpenID Connect Core, 3.1.3.7).

use desk::SignedOn;
use domain::{PersonDraft, Role, Timestamp};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse},
};
use serde_json::{Map, Value};

use super::fault::Fault;
use crate::config::RoleRule;

/// What a token may be signed with: keys of which we have the public half, and nothing else.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
/// Seconds that clocks may be apart.
const SKEW: i64 = 60;
/// Characters of a name that a provider may give an account (OpenID Connect Core, 2).
const SUBJECT_MAX: usize = 255;

/// What a token is held against.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) at: Timestamp,
}

fn wrong(why: &str) -> Fault {
    Fault::Refused(format!("its token {why}"))
}

/// The name of the key that a token is signed with, which must be of a kind that counts.
pub(super) fn key_of(token: &str) -> Result<(Algorithm, Option<String>), Fault> {
    let header = decode_header(token).map_err(|_| wrong("has no head that can be read"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(wrong("is signed in a way that does not count"));
    }
    Ok((header.alg, header.kid))
}

/// The key of that name; without a name the only one that there is.
pub(super) fn find<'k>(keys: &'k JwkSet, kid: Option<&str>, algorithm: Algorithm) -> Option<&'k Jwk> {
    let fits = |key: &&Jwk| {
        let is_for_signing = key.common.public_key_use.as_ref().is_none_or(|use_| *use_ == PublicKeyUse::Signature);
        is_for_signing
            && match key.algorithm {
                AlgorithmParameters::RSA(_) => matches!(algorithm, Algorithm::RS256 | Algorithm::PS256),
                AlgorithmParameters::EllipticCurve(_) => algorithm == Algorithm::ES256,
                AlgorithmParameters::OctetKeyPair(_) => algorithm == Algorithm::EdDSA,
                // A secret that both have is no public key.
                _ => false,
            }
    };
    let mut fitting = keys.keys.iter().filter(fits);
    match kid {
        Some(kid) => fitting.find(|key| key.common.key_id.as_deref() == Some(kid)),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

/// What a token says, if it is right in all.
pub(super) fn claims(
    token: &str,
    key: &Jwk,
    algorithm: Algorithm,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, Fault> {
    let key = DecodingKey::from_jwk(key).map_err(|_| wrong("is signed with a key that cannot be read"))?;
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    // By the desk's clock, below.
    validation.validate_exp = false;
    let claims = decode::<Map<String, Value>>(token, &key, &validation);
    let claims = claims.map_err(|cause| wrong(&format!("does not hold: {cause}")))?.claims;
    let now = expected.at.as_seconds();
    let moment = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    if moment("exp").is_none_or(|end| end + SKEW <= now) {
        return Err(wrong("is over"));
    }
    if moment("iat").is_some_and(|begin| begin > now + SKEW) || moment("nbf").is_some_and(|begin| begin > now + SKEW) {
        return Err(wrong("begins later: the clocks differ"));
    }
    if text(&claims, "nonce") != Some(expected.nonce) {
        return Err(wrong("is of another log-in"));
    }
    let is_for_several = claims.get("aud").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
    let party = text(&claims, "azp");
    if party.is_some_and(|party| party != expected.client_id) || (is_for_several && party.is_none()) {
        return Err(wrong("is for another program"));
    }
    Ok(claims)
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Who somebody is by their claims.
pub(super) fn identity(claims: &Map<String, Value>, issuer: &str, rules: &[RoleRule]) -> Result<SignedOn, Fault> {
    let subject = text(claims, "sub").filter(|subject| subject.chars().count() <= SUBJECT_MAX);
    let subject = subject.ok_or_else(|| wrong("names nobody"))?;
    let email = text(claims, "email").filter(|_| is_verified(claims));
    let person = PersonDraft {
        username: text(claims, "preferred_username").or(email).unwrap_or(subject).to_owned(),
        name: text(claims, "name").unwrap_or_default().to_owned(),
        email: email.unwrap_or_default().to_owned(),
    };
    Ok(SignedOn { issuer: issuer.to_owned(), subject: subject.to_owned(), person, role: role(claims, rules) })
}

/// Whether the provider says that it made sure of the email address. It is not said where the claim is missing (OpenID Connect Core,
/// 5.1), as in tokens of providers in which everybody writes an address of their own; some write the truth as a text.
fn is_verified(claims: &Map<String, Value>) -> bool {
    match claims.get("email_verified") {
        Some(Value::Bool(is)) => *is,
        Some(Value::String(word)) => word == "true",
        _ => false,
    }
}

/// The most that any rule gives.
fn role(claims: &Map<String, Value>, rules: &[RoleRule]) -> Option<Role> {
    let holds = |rule: &&RoleRule| match find_claim(claims, &rule.claim) {
        Some(Value::String(value)) => *value == rule.value,
        Some(Value::Array(values)) => values.iter().any(|value| value.as_str() == Some(&rule.value)),
        _ => false,
    };
    let mut roles = rules.iter().filter(holds).map(|rule| rule.role);
    let first = roles.next()?;
    Some(roles.fold(first, |most, role| if role == Role::Admin { role } else { most }))
}

/// A claim by its name, or by the way to it, as in `realm_access.roles`.
fn find_claim<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    if let Some(claim) = claims.get(name) {
        return Some(claim);
    }
    let (first, rest) = name.split_once('.')?;
    find_claim(claims.get(first)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules(text: &str) -> Vec<RoleRule> {
        RoleRule::list(text).unwrap()
    }

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn claims_give_roles() {
        let rules = rules("groups:desk=agent, groups:desk-admins=admin, realm_access.roles:boss=admin");
        for (claims, expected) in [
            (json!({}), None),
            (json!({"groups": "desk"}), Some(Role::Agent)),
            (json!({"groups": ["other", "desk"]}), Some(Role::Agent)),
            (json!({"groups": ["desk-admins", "desk"]}), Some(Role::Admin)),
            (json!({"groups": ["desk", "desk-admins"]}), Some(Role::Admin)),
            (json!({"groups": {"desk": true}}), None),
            (json!({"groups": ["desk-admins2"]}), None),
            (json!({"realm_access": {"roles": ["boss"]}}), Some(Role::Admin)),
            (json!({"realm_access.roles": ["boss"]}), Some(Role::Admin)),
        ] {
            assert_eq!(role(&map(claims.clone()), &rules), expected, "{claims}");
        }
    }

    #[test]
    fn an_email_that_is_not_verified_is_none() {
        for (verified, counts) in [
            (json!({}), false),
            (json!({"email_verified": false}), false),
            (json!({"email_verified": "false"}), false),
            (json!({"email_verified": 1}), false),
            (json!({"email_verified": true}), true),
            (json!({"email_verified": "true"}), true),
        ] {
            let mut claims = map(json!({"sub": "1", "email": "eva@example.org"}));
            claims.extend(map(verified.clone()));
            let found = identity(&claims, "https://id.example.org", &[]).unwrap();
            let expected = if counts { ("eva@example.org", "eva@example.org") } else { ("", "1") };
            assert_eq!((found.person.email.as_str(), found.person.username.as_str()), expected, "{verified}");
        }
        assert!(identity(&map(json!({"sub": ""})), "x", &[]).is_err());
        assert!(identity(&map(json!({"sub": "x".repeat(256)})), "x", &[]).is_err());
    }
}
