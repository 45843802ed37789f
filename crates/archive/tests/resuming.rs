//! An export that was interrupted is gone on with, and comes out as if it had not been.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

mod support;

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use support::{all_blobs, all_rows, fill_blobs, fill_with, imported};
use uuid::Uuid;
use vultus_archive::{
    ArchiveError, ArchiveFile, Discarded, ExportSettings, Exported, Importer, Kept, Progress, Protection,
    SALT_BYTES, Stage, export,
};
use vultus_store::archive::ArchiveId;
use vultus_store::testing::FlakyBlobs;
use vultus_store::{BlobStore, FaceStore};
use vultus_store_sql::SqliteStore;
use vultus_store_tests::fixtures::{NOW, block_on};

const PASSPHRASE: &[u8] = b"open sesame";

/// How an export and the one that goes on with it differ where the archive does not show it.
#[derive(Clone, Copy)]
struct Run(u8);

const FIRST: Run = Run(1);
const SECOND: Run = Run(2);

impl Run {
    const fn id(self) -> ArchiveId {
        ArchiveId(Uuid::from_u128(self.0 as u128))
    }

    const fn salt(self) -> [u8; SALT_BYTES] {
        [self.0; SALT_BYTES]
    }

    fn plain(self) -> ExportSettings<'static> {
        ExportSettings { id: self.id(), version: "test", protection: Protection::None }
    }

    fn secret(self) -> ExportSettings<'static> {
        let protection =
            Protection::Passphrase { passphrase: PASSPHRASE, salt: self.salt(), secret_key: &[5; 32] };
        ExportSettings { protection, ..self.plain() }
    }
}

/// A store with some rows in every table, and blobs that can be switched off.
struct Source {
    store: SqliteStore,
    blobs: BlobStore,
    switches: Arc<FlakyBlobs>,
}

impl Source {
    async fn new() -> Self {
        let store = SqliteStore::in_memory().await.unwrap();
        fill_with(&store, 17).await;
        let (switches, blobs) = FlakyBlobs::store();
        fill_blobs(&store, &blobs).await;
        Self { store, blobs, switches }
    }

    /// Exports into a file that holds `begun`.
    async fn export(
        &self,
        begun: &[u8],
        settings: ExportSettings<'_>,
    ) -> Result<Exported<Cursor<Vec<u8>>>, ArchiveError> {
        self.export_into(Cursor::new(begun.to_vec()), settings).await
    }

    async fn export_into<F: ArchiveFile>(
        &self,
        file: F,
        settings: ExportSettings<'_>,
    ) -> Result<Exported<F>, ArchiveError> {
        export(&self.store, Some(&self.blobs), file, settings, &mut |_| {}).await
    }

    async fn whole(&self, settings: ExportSettings<'_>) -> Vec<u8> {
        self.export(&[], settings).await.unwrap().file.into_inner()
    }

    /// The archive holds what the store does.
    async fn check(&self, archive: &[u8]) {
        let (target, blobs) = (SqliteStore::in_memory().await.unwrap(), BlobStore::in_memory());
        imported(archive, Some(PASSPHRASE), &target, &blobs).await.unwrap();
        assert_eq!(all_rows(&target).await, all_rows(&self.store).await);
        assert_eq!(all_blobs(&target, &blobs).await, all_blobs(&self.store, &self.blobs).await);
    }

    /// Changes one of the last tables.
    async fn change(&self) {
        self.store.expect_blobs(&["photos/late".to_owned()], NOW).await.unwrap();
    }
}

/// Where each block begins, and the end.
fn blocks(archive: &[u8]) -> Vec<usize> {
    let number = |place: usize, bytes: usize| {
        archive[place..place + bytes].iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
    };
    let mut places = vec![12 + number(10, 2) + 16];
    while let Some(&place) = places.last()
        && place < archive.len()
    {
        places.push(place + 4 + (number(place, 4) & !(1 << 31)));
    }
    places
}

/// Between the header's fixed beginning and its checksum: the id and the salt are there.
fn holds(archive: &[u8], run: Run) -> (bool, bool) {
    let header = &archive[..blocks(archive)[0]];
    let is_in = |bytes: &[u8]| header.windows(bytes.len()).any(|found| found == bytes);
    (is_in(run.id().0.as_bytes()), is_in(&run.salt()))
}

#[test]
fn export_interrupted_anywhere_comes_out_the_same() {
    block_on(async {
        let source = Source::new().await;
        for (first, second, step) in
            [(FIRST.plain(), SECOND.plain(), 1), (FIRST.secret(), SECOND.secret(), 6)]
        {
            let whole = source.whole(first).await;
            // Behind the first block: what has no more is begun anew.
            let places = &blocks(&whole)[1..];
            assert!(places.len() > 60, "{}", places.len());
            for &place in places.iter().step_by(step) {
                for end in [place, (place + 9).min(whole.len())] {
                    let resumed = source.export(&whole[..end], second).await.unwrap();
                    assert!(resumed.file.get_ref() == &whole, "cut at {end}");
                    assert_eq!(resumed.discarded, None);
                    assert_eq!(resumed.kept.bytes, place as u64);
                }
            }
        }
    });
}

/// Takes so many bytes, then fails.
struct Full {
    file: Cursor<Vec<u8>>,
    left: usize,
}

impl Read for Full {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes)
    }
}

impl Seek for Full {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.file.seek(place)
    }
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.left);
        if count == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.left -= count;
        self.file.write(&bytes[..count])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl ArchiveFile for &mut Full {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.file.cut(bytes)
    }
}

#[test]
fn export_goes_on_after_each_time_that_the_disk_is_full() {
    block_on(async {
        let source = Source::new().await;
        for (first, second) in [(FIRST.plain(), SECOND.plain()), (FIRST.secret(), SECOND.secret())] {
            let whole = source.whole(first).await;
            let mut disk = Full { file: Cursor::default(), left: 0 };
            let (mut settings, mut refusals) = (first, 0);
            loop {
                // More than the largest block.
                disk.left = 5 << 20;
                match source.export_into(&mut disk, settings).await {
                    Ok(_) => break,
                    Err(error) => assert!(matches!(error, ArchiveError::File(_)), "{error:?}"),
                }
                (settings, refusals) = (second, refusals + 1);
            }
            assert!(refusals > 0 && disk.file.get_ref() == &whole);
        }
    });
}

#[test]
fn photos_that_were_written_are_not_fetched_again() {
    block_on(async {
        let source = Source::new().await;
        let before = source.switches.operations();
        let whole = source.export(&[], FIRST.plain()).await.unwrap();
        let all = source.switches.operations() - before;
        let blobs = whole.summary.blobs;
        assert_eq!(all as u64, blobs + whole.summary.missing_blobs);
        let archive = whole.file.into_inner();
        let places = blocks(&archive);
        let half = &archive[..places[places.len() - 12]];

        let before = source.switches.operations();
        let resumed = source.export(half, SECOND.plain()).await.unwrap();
        let fetched = (source.switches.operations() - before) as u64;
        // Ten photos, the last block, and what is missing.
        assert_eq!(fetched, 10 + resumed.summary.missing_blobs);
        assert_eq!(resumed.kept.blobs, blobs - 10);
        assert_eq!(resumed.kept.rows, resumed.summary.rows());
        assert_eq!(resumed.summary, whole.summary);
    });
}

#[test]
fn export_goes_on_once_the_bucket_is_back() {
    block_on(async {
        let source = Source::new().await;
        let whole = source.whole(FIRST.plain()).await;
        let mut disk = Full { file: Cursor::default(), left: usize::MAX };
        source.switches.set_down(true);
        let ended = source.export_into(&mut disk, FIRST.plain()).await.map(drop);
        assert!(matches!(ended, Err(ArchiveError::Blob(_))), "{ended:?}");
        source.switches.set_down(false);
        let resumed = source.export_into(&mut disk, SECOND.plain()).await.unwrap();
        assert_eq!((resumed.kept.rows, resumed.kept.blobs), (resumed.summary.rows(), 0));
        assert!(disk.file.get_ref() == &whole);
    });
}

/// After the interruption the store may change: another block must not come into the place of a torn one.
#[test]
fn torn_block_of_an_encrypted_archive_is_there_until_it_is_written_over() {
    block_on(async {
        let source = Source::new().await;
        let whole = source.whole(FIRST.secret()).await;
        let torn = &whole[..blocks(&whole)[5] + 9];
        let mut disk = Full { file: Cursor::new(torn.to_vec()), left: 0 };
        let ended = source.export_into(&mut disk, SECOND.secret()).await.map(drop);
        assert!(matches!(ended, Err(ArchiveError::File(_))), "{ended:?}");
        assert!(disk.file.get_ref() == torn);
    });
}

#[test]
fn what_is_kept_is_told_as_progress() {
    block_on(async {
        let source = Source::new().await;
        let whole = source.whole(FIRST.plain()).await;
        let places = blocks(&whole);
        let mut steps: Vec<Progress> = Vec::new();
        let begun = Cursor::new(whole[..places[places.len() - 12]].to_vec());
        let blobs = Some(&source.blobs);
        let resumed =
            export(&source.store, blobs, begun, SECOND.plain(), &mut |step| steps.push(step)).await.unwrap();
        let (rows, photos): (Vec<Progress>, Vec<Progress>) =
            steps.into_iter().partition(|step| step.stage == Stage::Rows);
        assert!(rows.iter().all(|step| step.is_kept && step.total == resumed.summary.rows()));
        let new: Vec<u64> = photos.iter().filter(|step| !step.is_kept).map(|step| step.done).collect();
        let last = photos.last().unwrap();
        assert_eq!((last.done, last.is_kept), (last.total, false));
        // The one that is missing is asked for again.
        assert_eq!(new.len(), 11);
    });
}

#[test]
fn rows_that_have_changed_are_written_anew() {
    block_on(async {
        let source = Source::new().await;
        let begun = source.whole(FIRST.plain()).await;
        source.change().await;
        let resumed = source.export(&begun[..begun.len() - 40], SECOND.plain()).await.unwrap();
        let fresh = source.whole(FIRST.plain()).await;
        let archive = resumed.file.into_inner();
        // The first block tells how many rows there were at first: for progress only.
        assert!(archive[blocks(&archive)[1]..] == fresh[blocks(&fresh)[1]..]);
        assert_eq!(resumed.discarded, None);
        assert!(resumed.kept.rows > 0 && resumed.kept.rows < resumed.summary.rows(), "{:?}", resumed.kept);
        assert_eq!(resumed.kept.blobs, 0);
        assert_eq!(holds(&archive, FIRST), (true, false));
        source.check(&archive).await;
    });
}

#[test]
fn encrypted_archive_of_a_store_that_has_changed_is_begun_anew_under_another_key() {
    block_on(async {
        let source = Source::new().await;
        let begun = source.whole(FIRST.secret()).await;
        assert_eq!(holds(&begun, FIRST), (true, true));
        source.change().await;
        for end in [begun.len(), begun.len() - 40] {
            let resumed = source.export(&begun[..end], SECOND.secret()).await.unwrap();
            let archive = resumed.file.into_inner();
            assert_eq!((resumed.discarded, resumed.kept), (Some(Discarded::Changed), Kept::default()));
            assert_eq!((holds(&archive, FIRST), holds(&archive, SECOND)), ((false, false), (true, true)));
            assert!(archive == source.whole(SECOND.secret()).await);
            source.check(&archive).await;
        }
    });
}

#[test]
fn block_that_is_not_as_it_was_written_is_never_sealed_over_under_the_same_key() {
    block_on(async {
        let source = Source::new().await;
        let whole = source.whole(FIRST.secret()).await;
        let places = blocks(&whole);
        // Bytes of a whole block, and of one that was cut.
        for (end, flipped) in [(places[9], places[8] - 30), (places[9] - 3, places[9] - 30)] {
            let mut begun = whole[..end].to_vec();
            begun[flipped] ^= 1;
            let resumed = source.export(&begun, SECOND.secret()).await.unwrap();
            assert_eq!(resumed.discarded, Some(Discarded::Changed));
            assert_eq!(holds(resumed.file.get_ref(), SECOND), (true, true));
        }
        // There is no key where nothing is encrypted: it is written over.
        let whole = source.whole(FIRST.plain()).await;
        let places = blocks(&whole);
        let mut begun = whole.clone();
        begun[places[8] - 30] ^= 1;
        let resumed = source.export(&begun, SECOND.plain()).await.unwrap();
        assert_eq!((resumed.discarded, resumed.kept.bytes), (None, places[7] as u64));
        assert!(resumed.file.get_ref() == &whole);
    });
}

#[test]
fn photo_that_is_there_again_is_in_the_archive() {
    block_on(async {
        let source = Source::new().await;
        let begun = source.whole(FIRST.plain()).await;
        let missing =
            all_blobs(&source.store, &source.blobs).await.into_iter().find(|(_, blob)| blob.is_none());
        source.blobs.put(&missing.unwrap().0, b"found"[..].into()).await.unwrap();
        let resumed = source.export(&begun, SECOND.plain()).await.unwrap();
        assert_eq!((resumed.summary.missing_blobs, resumed.discarded), (0, None));
        assert_eq!(resumed.kept.rows, resumed.summary.rows());
        source.check(resumed.file.get_ref()).await;
    });
}

#[test]
fn export_with_other_settings_begins_anew() {
    block_on(async {
        let source = Source::new().await;
        let begun = source.whole(FIRST.plain()).await;
        let later = ExportSettings { version: "later", ..SECOND.plain() };
        for settings in [later, SECOND.secret()] {
            let resumed = source.export(&begun, settings).await.unwrap();
            assert_eq!((resumed.discarded, resumed.kept), (Some(Discarded::Other), Kept::default()));
            assert!(resumed.file.get_ref() == &source.whole(settings).await);
        }
        let file = Cursor::new(begun);
        let without = export(&source.store, None, file, SECOND.plain(), &mut |_| {}).await.unwrap();
        assert_eq!((without.discarded, without.summary.blobs), (Some(Discarded::Other), 0));
    });
}

#[test]
fn file_that_is_not_to_be_gone_on_with_is_left_as_it_is() {
    block_on(async {
        let source = Source::new().await;
        let secret = source.whole(FIRST.secret()).await;
        let other =
            Protection::Passphrase { passphrase: b"guess", salt: SECOND.salt(), secret_key: &[5; 32] };
        let other = ExportSettings { protection: other, ..SECOND.plain() };
        let foreign = b"vultus is what this text is about".to_vec();
        for (begun, settings, reason) in [
            (&foreign, SECOND.plain(), "this is no archive"),
            (&secret, SECOND.plain(), "its passphrase is needed"),
            (&secret, other, "not that of the archive"),
        ] {
            let mut disk = Full { file: Cursor::new(begun.clone()), left: 0 };
            let refused = source.export_into(&mut disk, settings).await.map(drop).unwrap_err().to_string();
            assert!(refused.contains(reason), "{refused}");
            assert!(disk.file.get_ref() == begun);
        }
    });
}

#[test]
fn file_that_promises_nothing_good_is_written_over() {
    block_on(async {
        let source = Source::new().await;
        let whole = source.whole(FIRST.plain()).await;
        let places = blocks(&whole);
        // Too little to go on with, and what is no block.
        for begun in [&whole[..5], &whole[..20], &whole[..places[0]], &whole[..places[1] - 1]] {
            let resumed = source.export(begun, FIRST.plain()).await.unwrap();
            assert_eq!((resumed.discarded, resumed.kept), (Some(Discarded::Unreadable), Kept::default()));
            assert!(resumed.file.get_ref() == &whole);
        }
        let rows = &whole[..places[3]];
        let photo = &whole[places[places.len() - 9]..places[places.len() - 8]];
        for behind in [&[0xff; 5000][..], &[0; 5000], &(256_u32 << 20).to_le_bytes(), photo] {
            let resumed = source.export(&[rows, behind].concat(), SECOND.plain()).await.unwrap();
            assert_eq!(resumed.kept.bytes, places[3] as u64);
            assert!(resumed.file.get_ref() == &whole);
        }
        let resumed = source.export(&[&*whole, b"more"].concat(), SECOND.plain()).await.unwrap();
        assert_eq!(resumed.kept.bytes, whole.len() as u64);
        assert!(resumed.file.get_ref() == &whole, "what is behind the end is cut off");
    });
}

#[test]
fn archive_that_was_gone_on_with_can_be_read_with_its_passphrase_only() {
    block_on(async {
        let source = Source::new().await;
        let whole = source.whole(FIRST.secret()).await;
        let resumed = source.export(&whole[..whole.len() / 2], SECOND.secret()).await.unwrap();
        let archive = resumed.file.into_inner();
        assert!(matches!(Importer::open(&*archive, None), Err(ArchiveError::PassphraseNeeded)));
        let importer = Importer::open(&*archive, Some(PASSPHRASE)).unwrap();
        assert_eq!((importer.id(), importer.secret_key()), (FIRST.id(), Some(&[5; 32][..])));
        source.check(&archive).await;
    });
}
