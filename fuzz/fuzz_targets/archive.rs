//! Archives: as they are, and with the input as the blocks of one that is sealed as it must be, so that what lies behind
//! the checksums is reached too. Blocks are cut where the input says, by a length of two bytes before each.
#![no_main]

use std::ops::Range;

use async_trait::async_trait;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use vultus_archive::Importer;
use vultus_store::archive::{ArchiveId, ArchiveStore, ImportStart, Row, Snapshot, Table};
use vultus_store::{BlobStore, StoreError};

/// The first bit of the length of the last block.
const LAST: u32 = 1 << 31;
const TAG_BYTES: usize = 16;

/// Takes every row.
struct Sink;

#[async_trait]
impl ArchiveStore for Sink {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Err(StoreError::Stale)
    }

    async fn import_under_way(&self) -> Result<Option<ArchiveId>, StoreError> {
        Ok(None)
    }

    async fn begin_import(&self, _: ArchiveId) -> Result<ImportStart, StoreError> {
        Ok(ImportStart::At(0))
    }

    async fn import_rows(&self, _: ArchiveId, _: &Range<u64>, _: &Table, _: &[Row]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn note_import(&self, _: ArchiveId, _: &Range<u64>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn finish_import(&self, _: ArchiveId, _: &[(String, i64)]) -> Result<(), StoreError> {
        Ok(())
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part)).finalize().into()
}

/// The header of an archive that is not encrypted: its id is the one field.
fn header() -> Vec<u8> {
    let fields = [[0x0a, 16].as_slice(), &[7; 16]].concat();
    let length = fields.len() as u16;
    let signed = [b"vultusar".as_slice(), &1_u16.to_le_bytes(), &length.to_le_bytes(), &fields].concat();
    let checksum = digest(&[&signed]);
    [signed.as_slice(), &checksum[..TAG_BYTES]].concat()
}

fn sealed(mut input: &[u8]) -> Vec<u8> {
    let mut archive = header();
    let bound = digest(&[&archive]);
    let mut index = 0_u64;
    while let Some((length, rest)) = input.split_first_chunk::<2>() {
        let (block, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
        input = rest;
        let is_last = input.len() < 2;
        let nonce = [&[0; 3], index.to_be_bytes().as_slice(), &[u8::from(is_last)]].concat();
        let tag = digest(&[&bound, &nonce, block]);
        let length = (block.len() + TAG_BYTES) as u32 | if is_last { LAST } else { 0 };
        archive.extend_from_slice(&length.to_le_bytes());
        archive.extend_from_slice(block);
        archive.extend_from_slice(&tag[..TAG_BYTES]);
        index += 1;
    }
    archive
}

/// Whether the archive is read to its end.
fn read(archive: &[u8]) -> bool {
    let Ok(importer) = Importer::open(archive, None) else { return false };
    let _ = (importer.id(), importer.secret_key(), importer.has_blobs());
    let blobs = BlobStore::in_memory();
    futures::executor::block_on(importer.run(&Sink, &blobs, &mut |_| {})).is_ok()
}

fuzz_target!(|input: &[u8]| {
    read(input);
    assert!(!read(&sealed(input)), "what was read was compared with nothing");
});
