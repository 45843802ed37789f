//! What is noted in the audit log, and the right that each needs.

use crate::Access;

/// Makes the enum, its names and its rights from one table.
macro_rules! actions {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $access:expr;)+) => {
        /// Something that an operator does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])+ $variant,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in the log.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The right it needs; none where everybody may do it.
            pub const fn access(self) -> Option<Access> {
                match self {
                    $(Self::$variant => $access,)+
                }
            }
        }
    };
}

actions! {
    /// Somebody signed in.
    SignIn = "session.sign_in", None;
    /// Somebody tried to sign in.
    SignInFailed = "session.sign_in_failed", None;
    /// Somebody signed out.
    SignOut = "session.sign_out", None;
    /// Somebody changed their own password.
    ChangePassword = "session.change_password", None;
    /// An operator was created.
    CreateOperator = "operator.create", Some(Access::ManageOperators);
    /// An operator's role changed, or they were disabled or enabled.
    UpdateOperator = "operator.update", Some(Access::ManageOperators);
    /// An operator was given a one-time password.
    ResetPassword = "operator.reset_password", Some(Access::ManageOperators);
    /// An account was created.
    CreateAccount = "account.create", Some(Access::ManageAccounts);
    /// An account's credentials were replaced.
    RotateAccount = "account.rotate", Some(Access::ManageAccounts);
    /// An account was disabled or enabled, or its limits changed.
    UpdateAccount = "account.update", Some(Access::ManageAccounts);
    /// Credentials of an account were borrowed for an hour.
    BorrowCredentials = "account.sandbox_credentials", Some(Access::Sandbox);
    /// The server's key took the place of another one.
    AdoptKey = "server.adopt_key", Some(Access::ManageAccounts);
    /// The audit log was exported.
    ExportAudit = "audit.export", Some(Access::Audit);
    /// A gallery was created.
    CreateGallery = "gallery.create", Some(Access::People);
    /// A gallery was deleted with what was in it.
    DeleteGallery = "gallery.delete", Some(Access::People);
    /// A subject was put together with another.
    MergeSubject = "subject.merge", Some(Access::People);
    /// A subject was moved to another gallery.
    MoveSubject = "subject.move", Some(Access::People);
    /// A subject was deleted.
    DeleteSubject = "subject.delete", Some(Access::People);
    /// A face was enrolled.
    EnrolFace = "face.enrol", Some(Access::People);
    /// The photo of a face was looked at.
    ViewFace = "face.view", Some(Access::People);
    /// A face was deleted.
    DeleteFace = "face.delete", Some(Access::People);
    /// The faces of a photo were found and described.
    Detect = "photo.detect", Some(Access::People);
    /// Two photos were compared.
    Compare = "photo.compare", Some(Access::People);
    /// The faces of a photo were looked for in a gallery.
    Identify = "photo.identify", Some(Access::People);
    /// An image or a video was handed in.
    CreateMedia = "media.create", Some(Access::People);
    /// What was found in an image or a video was looked at.
    ViewMedia = "media.view", Some(Access::People);
    /// An image or a video was deleted with what was found in it.
    DeleteMedia = "media.delete", Some(Access::People);
    /// A camera was created.
    CreateCamera = "camera.create", Some(Access::People);
    /// A camera was changed.
    UpdateCamera = "camera.update", Some(Access::People);
    /// A camera was deleted.
    DeleteCamera = "camera.delete", Some(Access::People);
    /// What cameras saw was looked at.
    ViewHistory = "history.view", Some(Access::People);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_dotted_and_unique() {
        let names: BTreeSet<&str> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        assert!(names.iter().all(|name| name.split('.').count() == 2));
    }
}
