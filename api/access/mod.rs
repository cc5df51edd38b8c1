//! Who may do what: accounts, passwords, tokens, keys, roles, and [`Scope`].
//!
//! In reading order: [`roles`] is the table of rights, [`scope`] what a caller holds of it, [`extract`] how a request
//! gets its [`Access`], [`state`] what makes it both fast and revocable at once. [`oauth`] is the door, with
//! [`sign_in`], [`sessions`], [`client_auth`], [`tokens`] and [`keys`] behind it. The rest are the resources.

mod accounts;
mod assignments;
mod audit;
mod client_auth;
mod clients;
mod codes;
pub mod commands;
mod extract;
mod keys;
mod limits;
mod me;
mod oauth;
mod oauth_error;
pub mod passwords;
mod principals;
mod resets;
mod roles;
mod scope;
mod sessions;
mod sign_in;
mod state;
mod tokens;
mod unit_names;
mod visitor;
mod well_known;

#[cfg(test)]
mod tests;

pub use accounts::AccountStatus;
pub use assignments::RoleAssignmentStatus;
pub use audit::AuditEvent;
pub(crate) use audit::{of_case as audit_of_case, told as told_in_the_trail};
pub use clients::{ClientKind, ClientRow};
pub use keys::KeyInfo;
pub use limits::{Limits, Policy};
pub use roles::{Action, Reach, Resource, Role, View};
pub use scope::{Assignment, Grant, Scope};
pub use state::{AccessState, Epoch, Settings};
pub use visitor::Visitor;

use assignments::not_oneself;

use std::sync::Arc;

use actix_web::HttpRequest;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    db::{Actor, ActorKind, Id},
    http::{Locale, Result},
};

/// The routes under `/api/v1`.
pub fn configure(config: &mut ServiceConfig<'_>) {
    me::configure(config);
    resets::configure(config);
    accounts::configure(config);
    assignments::configure(config);
    clients::configure(config);
    audit::configure(config);
}

/// The routes whose addresses standards fix: `/oauth/…` and `/.well-known/…`, at the root.
pub fn configure_root(config: &mut ServiceConfig<'_>) {
    oauth::configure(config);
    well_known::configure(config);
}

/// Who a valid token speaks for: an account or a service client, with the roles it holds today.
#[derive(Clone, Debug)]
pub struct Principal {
    pub id: Id,
    pub kind: ActorKind,
    /// Sign-in name of an account, or the client id of a service.
    pub name: String,
    pub client_id: String,
    pub session_id: Option<Id>,
    pub assignments: Vec<Assignment>,
    /// The member that the account belongs to, if it is known.
    pub member_id: Option<Id>,
    /// Until then nothing but `/me` and the change itself answers.
    pub must_change_password: bool,
}

/// What an account may do at this moment, for what speaks in its name without its token (calendar feeds).
#[derive(Clone, Debug)]
pub(crate) struct Rights {
    pub(crate) member_id: Option<Id>,
    assignments: Vec<Assignment>,
}

impl Rights {
    /// Of an account that may sign in; none: it may do nothing.
    pub(crate) fn of(reader: &mut crate::db::Reader<'_>, account_id: Id) -> Result<Option<Self>> {
        use crate::db::schema::accounts;
        use diesel::{ExpressionMethods, QueryDsl};
        let member_id: Option<Option<Id>> = reader.optional(
            accounts::table
                .filter(accounts::id.eq(account_id))
                .filter(accounts::status.eq(AccountStatus::Active))
                .filter(accounts::must_change_password.eq(false))
                .select(accounts::member_id),
        )?;
        let Some(member_id) = member_id else { return Ok(None) };
        let assignments = principals::assignments(reader, account_id, crate::calendar::today())?;
        Ok(Some(Self { member_id, assignments }))
    }

    pub(crate) fn to(&self, action: Action, resource: Resource) -> Result<Scope> {
        Scope::of(&self.assignments, action, resource)
    }
}

/// Takes from the budget of whoever asks without a token, by the address she asks from; 429 when it is empty. (Behind a proxy
/// that is the proxy's: all of its callers share.)
pub(crate) fn limit_address(request: &HttpRequest, policy: Policy) -> Result<()> {
    let state = AccessState::of(request)?;
    let address = request.peer_addr().map(|address| address.ip().to_string()).unwrap_or_default();
    let mut caller = limits::Caller::default();
    caller.copy_from_slice(&crate::keys::digest(&[b"address", address.as_bytes()])[..16]);
    match state.buckets.take(policy, caller, std::time::Instant::now()) {
        Some(left) => left.apply(request),
        None => Ok(()),
    }
}

/// The authenticated caller of one request: an extractor, so that a handler without it has no way to a [`Scope`].
#[derive(Clone, Debug)]
pub struct Access {
    principal: Arc<Principal>,
    request_id: String,
    locale: Locale,
}

impl Access {
    /// The scope for `action` on `resource`, or 403.
    pub fn to(&self, action: Action, resource: Resource) -> Result<Scope> {
        Scope::of(&self.principal.assignments, action, resource)
    }

    /// The scope for what somebody does with what is her own, in no role: it reaches nothing else. Whether it is her own
    /// is for the resource to see.
    pub(crate) const fn as_oneself(&self, action: Action, resource: Resource) -> Scope {
        Scope::own(action, resource)
    }

    /// Whether the caller may do this anywhere at all.
    pub fn may(&self, action: Action, resource: Resource) -> bool {
        self.to(action, resource).is_ok()
    }

    /// The units in which she holds one of these roles.
    pub fn units_as(&self, roles: &[Role]) -> Vec<Id> {
        self.principal.assignments.iter().filter(|held| roles.contains(&held.role)).map(|held| held.unit_id).collect()
    }

    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// Takes from a narrower budget than the usual one (`lookup`, `export`); 429 when it is empty. The budget's
    /// headers are on the answer, whatever it will be.
    pub fn limit(&self, request: &HttpRequest, policy: Policy) -> Result<()> {
        let state = AccessState::of(request)?;
        match state.buckets.take(policy, *self.principal.id.as_bytes(), std::time::Instant::now()) {
            Some(left) => left.apply(request),
            None => Ok(()),
        }
    }

    /// 429 when a narrower budget is empty; nothing is taken from it yet.
    pub fn require_budget(&self, request: &HttpRequest, policy: Policy) -> Result<()> {
        let state = AccessState::of(request)?;
        match state.buckets.look(policy, *self.principal.id.as_bytes(), std::time::Instant::now()) {
            Some(left) if left.wait.is_some() => left.apply(request),
            _ => Ok(()),
        }
    }

    /// Takes `count` from a narrower budget for what has been done already; what it does not hold is owed.
    pub fn charge(&self, request: &HttpRequest, policy: Policy, count: u32) -> Result<()> {
        AccessState::of(request)?.buckets.charge(policy, *self.principal.id.as_bytes(), count, std::time::Instant::now());
        Ok(())
    }

    /// For the audit trail. The role that is named is the first that gives the right.
    pub fn actor(&self, scope: Option<&Scope>) -> Actor {
        Actor {
            kind: self.principal.kind,
            id: Some(self.principal.id),
            role: scope.and_then(|scope| scope.grants().first()).map(|grant| grant.role.to_string()),
            client_id: Some(self.principal.client_id.clone()),
            request_id: self.request_id.clone(),
        }
    }
}
