//! The numbers by which faces are found: of their account, of each gallery they lie in, and of their subject.
//!
//! Names may be long and hold any character, so rows carry 64 bits of a digest of them. Two galleries of one account
//! with the same number would be searched as one, which takes some four thousand million galleries; faces of other
//! accounts are told apart by the account's id beside it.

use sha2::{Digest, Sha256};
use vultus_search::shards::ShardScope;
use vultus_store::IndexEntry;
use vultus_types::AccountId;

#[derive(Clone, Copy)]
enum Kind {
    Account = 1,
    Gallery = 2,
    Subject = 3,
}

fn key(kind: Kind, account: AccountId, name: &str) -> i64 {
    let digest =
        Sha256::new().chain_update([kind as u8]).chain_update(account.0.as_bytes()).chain_update(name);
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(digest.finalize());
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The keys under which faces are counted: the account's, and those of the galleries.
pub(crate) fn counted(entry: &IndexEntry) -> impl Iterator<Item = i64> {
    let galleries = entry.galleries.iter().map(|gallery| key(Kind::Gallery, entry.account, gallery));
    std::iter::once(key(Kind::Account, entry.account, "")).chain(galleries)
}

/// All keys of a face.
pub(crate) fn all(entry: &IndexEntry) -> Vec<i64> {
    counted(entry).chain([key(Kind::Subject, entry.account, &entry.subject)]).collect()
}

/// The key of a scope's gallery, or else of its account: its faces are counted under it.
pub(crate) fn place(scope: &ShardScope) -> i64 {
    match &scope.gallery {
        Some(gallery) => key(Kind::Gallery, scope.account, gallery),
        None => key(Kind::Account, scope.account, ""),
    }
}

/// The keys that every face of the scope has, and no other.
pub(crate) fn of_scope(scope: &ShardScope) -> Vec<i64> {
    let subject = scope.subject.as_ref().map(|subject| key(Kind::Subject, scope.account, subject));
    std::iter::once(place(scope)).chain(subject).collect()
}
