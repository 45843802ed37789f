use uuid::Uuid;
use vultus_store::archive::ArchiveId;

use crate::message::{Encryption, Header};

use super::*;

const SECRET: ExportSettings<'_> = ExportSettings {
    id: ArchiveId(Uuid::from_u128(2)),
    version: "test",
    protection: Protection::Passphrase { passphrase: b"open sesame", salt: [2; 16], secret_key: &[] },
};

/// A file that somebody else could have put there.
fn begun(change: fn(&mut Encryption)) -> Vec<u8> {
    let (beginning, _) = Beginning::new([1; 16], Some((b"open sesame", [1; 16]))).unwrap();
    let mut encryption = beginning.header.encryption.unwrap();
    change(&mut encryption);
    Beginning::of(Header { encryption: Some(encryption), ..beginning.header }).unwrap().bytes
}

#[test]
fn key_that_would_be_derived_otherwise_is_not_gone_on_with() {
    let changes: [fn(&mut Encryption); 3] = [
        |encryption| encryption.memory_kib = 8,
        |encryption| encryption.passes = 1,
        |encryption| encryption.lanes = u32::MAX,
    ];
    for change in changes {
        let file = Cursor::new(begun(change));
        let (output, discarded) = Output::open(file, &SECRET, &Start::default()).unwrap();
        assert_eq!((discarded, output.kept()), (Some(Discarded::Other), 0));
        let beginning = Beginning::read(&mut Cursor::new(output.into_file().into_inner())).unwrap();
        assert!(Key::is_as_today(&beginning.header.encryption.unwrap()));
    }
    let refused =
        Output::open(Cursor::new(begun(|found| found.salt = vec![9; 16])), &SECRET, &Start::default());
    assert!(matches!(refused.err(), Some(ArchiveError::WrongPassphrase)));
}
