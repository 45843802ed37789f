//! Who calls: the session in the cookie, and that the request was not forged by another page.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use vultus_service::{Access, Action, Actor as AuditActor, DONE, OperatorError, Session, Subject};

use crate::{Admin, AdminError};

/// The cookie that carries a session's token.
pub const SESSION_COOKIE: &str = "vultus_session";

/// The header that carries the session's token against forged requests.
const CSRF_HEADER: &str = "x-csrf-token";

/// Somebody signed in with a password of their own, whose request comes from the console itself.
pub struct Actor(pub(crate) SignedInActor);

/// The same, who may still have to choose a password.
pub(crate) struct SignedInActor {
    pub(crate) session: Session,
    pub(crate) token: String,
    pub(crate) address: Option<String>,
    admin: Admin,
}

impl Actor {
    /// Refuses whoever has not that right.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require(&self, access: Access) -> Result<(), AdminError> {
        access.is_granted_to(self.0.session.operator.role).then_some(()).ok_or_else(AdminError::forbidden)
    }

    /// Does what an action is, where the role has the right to it, and notes in the audit log what came of it; also
    /// that it was refused. What cannot be noted is answered as an error, though it may be done.
    ///
    /// # Errors
    /// `forbidden`, or those of `work`.
    pub async fn perform<T>(
        &self,
        action: Action,
        subject: Subject,
        work: impl Future<Output = Result<T, AdminError>>,
    ) -> Result<T, AdminError> {
        let may = action.access().map_or(Ok(()), |access| self.require(access));
        let result = match may {
            Ok(()) => work.await,
            Err(refused) => Err(refused),
        };
        self.0.note(action, &subject, result.as_ref().map_or_else(AdminError::code, |_| DONE)).await?;
        result
    }
}

impl SignedInActor {
    /// Adds an entry to the audit log.
    pub(crate) async fn note(
        &self,
        action: Action,
        subject: &Subject,
        outcome: &str,
    ) -> Result<(), AdminError> {
        let operator = &self.session.operator;
        let actor = AuditActor {
            name: operator.name.clone(),
            role: Some(operator.role),
            address: self.address.clone(),
        };
        Ok(self.admin.administration.audit().record(&actor, action, subject, outcome).await?)
    }
}

impl FromRequestParts<Admin> for SignedInActor {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, admin: &Admin) -> Result<Self, AdminError> {
        let token = cookie(&parts.headers, SESSION_COOKIE).ok_or_else(AdminError::signed_out)?.to_owned();
        let session = admin.administration.operators().session(&token).await?;
        if !parts.method.is_safe() {
            check_origin(&parts.headers)?;
            let presented = parts.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
            if !presented.is_some_and(|presented| session.is_csrf_token(presented)) {
                return Err(AdminError::csrf());
            }
        }
        Ok(Self { session, token, address: peer(parts), admin: admin.clone() })
    }
}

impl FromRequestParts<Admin> for Actor {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, admin: &Admin) -> Result<Self, AdminError> {
        let actor = SignedInActor::from_request_parts(parts, admin).await?;
        if actor.session.operator.must_change_password {
            return Err(AdminError::password_change_required());
        }
        Ok(Self(actor))
    }
}

/// Refuses what a browser says another page sent. Programs that are no browsers say nothing and cannot be tricked.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), AdminError> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_own = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(header::HOST.as_str())
        }
        (None, None) => true,
    };
    is_own.then_some(()).ok_or_else(AdminError::csrf)
}

/// The address at the other end of the connection, without its port: that of a proxy where there is one.
pub(crate) fn peer(parts: &Parts) -> Option<String> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.0.ip().to_canonical().to_string())
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

impl SignedInActor {
    /// Ends the session.
    pub(crate) async fn sign_out(&self) -> Result<(), OperatorError> {
        self.admin.administration.operators().sign_out(&self.session).await
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn requests_of_other_pages_are_told_by_what_browsers_say() {
        for (pairs, is_own) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "http://other"), ("host", "own")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://own"), ("host", "own")], false),
            (&[("origin", "https://own:8080"), ("host", "own:8080")], true),
            (&[("origin", "https://own"), ("host", "own:8080")], false),
            (&[("origin", "null"), ("host", "own")], false),
            (&[("origin", "http://other")], false),
        ] {
            assert_eq!(check_origin(&headers(pairs)).is_ok(), is_own, "{pairs:?}");
        }
    }

    #[test]
    fn cookie_is_found_among_others() {
        let headers =
            headers(&[("cookie", "a=b; vultus_session2=x"), ("cookie", "c; vultus_session=token; d=e")]);
        assert_eq!(cookie(&headers, SESSION_COOKIE), Some("token"));
        assert_eq!(cookie(&headers, "vultus"), None);
    }
}
