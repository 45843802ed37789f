//! Somebody who asks for an account's data.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use vultus_service::{Access, Action, Caller, Service, Subject};

use crate::input::Named;
use crate::{Actor, Admin, AdminError};

/// Somebody signed in, with the parts of the path. What they may do is asked when they do it.
pub(crate) struct Visit {
    admin: Admin,
    actor: Actor,
    path: HashMap<String, String>,
}

impl FromRequestParts<Admin> for Visit {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, admin: &Admin) -> Result<Self, AdminError> {
        let actor = Actor::from_request_parts(parts, admin).await?;
        let Named(path) = Named::from_request_parts(parts, admin).await?;
        Ok(Self { admin: admin.clone(), actor, path })
    }
}

impl Visit {
    /// A part of the path: `a` is the account, `g` the gallery, `s` the subject, `id` what else it is about.
    pub(super) fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The use cases.
    pub(super) fn service(&self) -> &Arc<Service> {
        self.admin.administration.service()
    }

    /// The account, for somebody who may see people's data.
    pub(super) async fn caller(&self) -> Result<Caller, AdminError> {
        self.actor.require(Access::People)?;
        let account = self.service().accounts().named(self.part("a")).await?;
        Ok(Caller { account: account.id })
    }

    /// Does something with the account's data, and notes it in the audit log; `target` may be empty.
    pub(super) async fn perform<T>(
        &self,
        action: Action,
        target: impl Into<String>,
        work: impl Future<Output = Result<T, AdminError>>,
    ) -> Result<T, AdminError> {
        let (account, target) = (self.part("a"), target.into());
        let subject =
            if target.is_empty() { Subject::account(account) } else { Subject::of(account, target) };
        self.actor.perform(action, subject, work).await
    }

    /// A subject of a gallery, as the audit log names it.
    pub(super) fn subject(&self) -> String {
        format!("{}/{}", self.part("g"), self.part("s"))
    }
}
