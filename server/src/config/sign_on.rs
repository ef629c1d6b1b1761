//! The provider that staff log in with.

use std::fmt;

use domain::Role;

/// A provider's settings. It is off without an issuer.
#[derive(Debug, Clone, Default)]
pub struct SignOn {
    /// The provider's name for itself, an address.
    pub issuer: Option<String>,
    /// What it calls this desk.
    pub client_id: Option<String>,
    /// What this desk shows that it is the one.
    pub client_secret: Option<ClientSecret>,
    /// What its claims make somebody.
    pub roles: Vec<RoleRule>,
    /// What it is called on the button.
    pub name: String,
}

impl SignOn {
    /// What is missing beside an issuer.
    pub(super) fn missing(&self) -> Option<&'static str> {
        self.issuer.as_ref()?;
        if self.client_id.is_none() {
            return Some("PINDESK_OIDC_CLIENT_ID is missing: it goes with PINDESK_OIDC_ISSUER");
        }
        self.roles
            .is_empty()
            .then_some("PINDESK_OIDC_ROLES is missing: without it nobody is let in by PINDESK_OIDC_ISSUER")
    }
}

/// What a desk shows its provider. `Debug` hides it.
#[derive(Clone)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Takes one from configuration.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it is shown to the provider.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// A value of a claim, and the role that it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    /// The claim; `a.b` is `b` in `a`.
    pub claim: String,
    /// Its value, or one of its values.
    pub value: String,
    /// What it makes somebody.
    pub role: Role,
}

impl RoleRule {
    /// Reads rules with commas between, each as in `groups:desk-admins=admin`.
    ///
    /// # Errors
    /// How to write them.
    pub fn list(text: &str) -> Result<Vec<Self>, String> {
        super::values::list(text, |item| {
            let wrong = || format!("\"{item}\" cannot be read; write it like groups:desk-admins=admin");
            let (claim, rest) = item.split_once(':').ok_or_else(wrong)?;
            let (value, role) = rest.rsplit_once('=').ok_or_else(wrong)?;
            let [claim, value] = [claim, value].map(|part| part.trim().to_owned());
            if claim.is_empty() || value.is_empty() {
                return Err(wrong());
            }
            Ok(Self { claim, value, role: Role::parse_of_staff(role)? })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let read = RoleRule::list("groups:desk-admins=admin, roles.all:https://a/b=c=Agent").unwrap();
        let rule = |claim: &str, value: &str, role| RoleRule { claim: claim.into(), value: value.into(), role };
        assert_eq!(read, [rule("groups", "desk-admins", Role::Admin), rule("roles.all", "https://a/b=c", Role::Agent)]);
        for bad in ["groups", "groups:x", "groups:=admin", ":x=admin", "groups:x=customer", "groups:x=boss"] {
            assert!(RoleRule::list(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut settings = SignOn::default();
        assert_eq!(settings.missing(), None);
        settings.issuer = Some("https://id.example.org".into());
        assert!(settings.missing().unwrap().contains("CLIENT_ID"));
        settings.client_id = Some("desk".into());
        assert!(settings.missing().unwrap().contains("ROLES"));
        settings.roles = RoleRule::list("groups:desk=agent").unwrap();
        assert_eq!(settings.missing(), None);
        assert_eq!(format!("{:?}", ClientSecret::new("x")), "ClientSecret(…)");
    }
}
