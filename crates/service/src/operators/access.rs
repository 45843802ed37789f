//! What each role may do. This is the one place where that is decided.

use vultus_store::Role;

/// A right that an operation of the console needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// See how the server is doing.
    Overview,
    /// See how accurate the models are.
    Accuracy,
    /// See the accounts and what they use.
    Accounts,
    /// Create, change and disable accounts.
    ManageAccounts,
    /// Borrow credentials of an account for an hour.
    Sandbox,
    /// See people's data and work with it: galleries, faces, photos, media, cameras, history.
    People,
    /// See the operators.
    Operators,
    /// Create, change and disable operators.
    ManageOperators,
    /// Read the audit log.
    Audit,
}

impl Access {
    /// Whether a role has the right.
    pub const fn is_granted_to(self, role: Role) -> bool {
        match self {
            Self::Overview | Self::Accuracy | Self::Accounts => true,
            Self::People | Self::Sandbox => matches!(role, Role::Administrator | Role::Operator),
            Self::Operators | Self::Audit => matches!(role, Role::Administrator | Role::Auditor),
            Self::ManageAccounts | Self::ManageOperators => matches!(role, Role::Administrator),
        }
    }
}
