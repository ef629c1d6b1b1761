//! What a session's row says: whether it is under way, what its tokens are worth, and which ones it gets.

use domain::{Actor, LoginKind, Result, Role, Scope, SessionId, Timestamp, UserId, on_behalf};

use crate::{
    rooms::{Inner, withhold_address},
    store::{
        names::username_key,
        random::random_hex,
        raw::sessions::Session,
        scopes::Kept,
        tokens::{Claims, TokenType, Tokens},
    },
};

/// What a refresh token is worth.
pub(super) enum Standing {
    /// It is the newest.
    Counts,
    /// It was rotated out, and nobody used its successor yet.
    SuccessorUnused,
    /// It was rotated out a moment ago.
    Graced,
    /// It was rotated out, and its successor was used.
    Stolen,
}

impl Session {
    pub(in crate::rooms) fn is_live(&self, desk: &Inner, at: Timestamp) -> bool {
        let is_idle = self.role.is_staff() && at.seconds_since(self.last_seen_at) >= desk.config.staff_idle;
        // Whom a customer let in goes when the customer does.
        let hangs_on_nothing = self.parent_sid.is_some() && self.parent_expires_at.is_none_or(|end| end <= at);
        self.ended_at.is_none()
            && self.is_active
            && at < self.expires_at
            && at < self.end(desk)
            && !is_idle
            && !hangs_on_nothing
    }

    /// When it ends for good, however often it is renewed.
    pub(in crate::rooms) fn end(&self, desk: &Inner) -> Timestamp {
        end(desk, self.role.is_staff(), self.created_at, self.until(desk))
    }

    /// When it ends sooner than others: by what it is for, and some time after its ticket was closed.
    fn until(&self, desk: &Inner) -> Option<Timestamp> {
        let closed = self.ticket_closed_at.map(|closed| closed.plus_seconds(desk.config.access_after_close));
        self.until.into_iter().chain(closed).min()
    }

    /// What a refresh token of this session is worth.
    pub(super) fn standing(&self, refresh: &Claims, grace: i64, at: Timestamp) -> Standing {
        if self.refresh_jti == refresh.jti {
            return Standing::Counts;
        }
        if self.previous_jti.as_deref() != Some(refresh.jti.as_str()) {
            return Standing::Stolen;
        }
        if self.refresh_used_at.is_none() {
            return Standing::SuccessorUnused;
        }
        // In microseconds. A little ahead of now is just now, by the clock of another machine. Far ahead was a clock
        // that was wrong, and nobody knows when.
        let age = self.rotated_at.map(|rotated| at.as_micros().abs_diff(rotated.as_micros()));
        let is_graced = age.is_some_and(|age| age <= grace.unsigned_abs().saturating_mul(1_000_000));
        if is_graced { Standing::Graced } else { Standing::Stolen }
    }

    /// Whether an access token came with the refresh token that counts now, and so shows that this one arrived.
    pub(super) fn came_with(&self, access: &Claims) -> bool {
        access.jti.starts_with(family(&self.refresh_jti))
    }

    /// Who asks from it: the one place where that is read.
    pub(super) fn actor(self, desk: &Inner) -> Actor {
        if self.is_unnamed {
            withhold_address();
        }
        let by_password = self.has_password != 0 && is_for_passwords(desk, &username_key(&self.username));
        let needs_factor = needs_factor(desk, self.role, self.factor_since, by_password);
        Actor {
            needs_factor,
            needs_welcome: needs_welcome(self.kind, self.role, self.welcomed_at),
            id: Some(self.user_id),
            role: self.role,
            scope: self.scope(desk),
            name: match &self.label {
                Some(whom) if self.parent_sid.is_some() => on_behalf(whom, &self.name),
                _ => self.name,
            },
            username: self.username,
            session: Some(self.sid),
            token: None,
            is_unnamed: self.is_unnamed,
            client: None,
        }
    }

    /// What it is for.
    pub(crate) fn scope(&self, desk: &Inner) -> Scope {
        let label = self.label.clone();
        let kept = Kept { ticket_id: self.ticket_id, can: self.can, label, purpose: self.purpose };
        Scope { is_delegated: self.parent_sid.is_some(), ..kept.into_scope(self.until(desk)) }
    }
}

/// Whether somebody must set up a second factor before anything else. Looked at with each request, so that it holds at once when
/// the setting changes. Whom no password lets in logs in elsewhere, where that is somebody else's matter.
pub(super) fn needs_factor(desk: &Inner, role: Role, factor_since: Option<Timestamp>, by_password: bool) -> bool {
    desk.config.require_second_factor.covers(role) && factor_since.is_none() && by_password
}

/// Whether a password lets somebody in: everybody, unless staff log in elsewhere and one account is kept for emergencies.
pub(crate) fn is_for_passwords(desk: &Inner, key: &str) -> bool {
    desk.config.password_login_for.as_deref().is_none_or(|name| username_key(name) == key)
}

/// Whether a customer's browser was not told yet whose access it has. Programs get that with their tokens, as `user`.
pub(super) fn needs_welcome(kind: LoginKind, role: Role, welcomed_at: Option<Timestamp>) -> bool {
    kind == LoginKind::Browser && !role.is_staff() && welcomed_at.is_none()
}

/// When a session that was opened at `created_at` ends for good (OWASP ASVS 5, 7.3.2), at `until` if that comes first.
pub(super) fn end(desk: &Inner, is_staff: bool, created_at: Timestamp, until: Option<Timestamp>) -> Timestamp {
    let end = created_at.plus_seconds(if is_staff { desk.config.staff_session_ttl } else { desk.config.session_ttl });
    until.map_or(end, |until| until.min(end))
}

/// What the `jti` of an access token begins with that came with a refresh token.
fn family(refresh_jti: &str) -> &str {
    refresh_jti.get(..16).unwrap_or(refresh_jti)
}

/// Tokens of a session: the refresh token lives `until` the first, neither beyond the second.
pub(super) fn mint(
    desk: &Inner,
    user: UserId,
    sid: &SessionId,
    refresh_jti: String,
    at: Timestamp,
    (until, end): (Timestamp, Timestamp),
) -> Result<Tokens> {
    let (access, access_ttl) = mint_access(desk, user, sid, &refresh_jti, at, end)?;
    let refresh = Claims {
        token_type: TokenType::Refresh,
        user_id: user,
        jti: refresh_jti,
        sid: sid.clone(),
        iat: at.as_seconds(),
        exp: until.as_seconds(),
    };
    Ok(Tokens { access, refresh: desk.keys.sign(&refresh)?, access_ttl, refresh_ttl: until.seconds_since(at) })
}

/// An access token, and the seconds it lives.
pub(super) fn mint_access(
    desk: &Inner,
    user: UserId,
    sid: &SessionId,
    refresh_jti: &str,
    at: Timestamp,
    end: Timestamp,
) -> Result<(String, i64)> {
    let until = at.plus_seconds(desk.config.access_ttl).min(end);
    let access = desk.keys.sign(&Claims {
        token_type: TokenType::Access,
        user_id: user,
        jti: format!("{}{}", family(refresh_jti), random_hex::<8>()?),
        sid: sid.clone(),
        iat: at.as_seconds(),
        exp: until.as_seconds(),
    })?;
    Ok((access, until.seconds_since(at)))
}
