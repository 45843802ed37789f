use crate::message::{BlobPart, End, Start};

use super::*;

const PASSPHRASE: &[u8] = b"open sesame";

fn contents() -> Vec<Content> {
    let part = |key: &str, byte: u8| {
        Content::BlobPart(BlobPart { key: key.to_owned(), bytes: vec![byte; 40].into(), is_last: true })
    };
    let start = Start { version: "1".repeat(300), ..Start::default() };
    vec![Content::Start(start), part("photos/1", 1), part("photos/2", 2), Content::End(End::default())]
}

fn archive(passphrase: Option<&[u8]>) -> Vec<u8> {
    let passphrase = passphrase.map(|passphrase| (passphrase, [3; SALT_BYTES]));
    let (beginning, seal) = Beginning::new([7; 16], passphrase).unwrap();
    let mut archive = beginning.bytes;
    for (index, content) in (0..).zip(contents()) {
        let place = Place { index, is_last: matches!(content, Content::End(_)) };
        let is_compressed = !matches!(content, Content::BlobPart(_));
        archive.extend(sealed(&seal, place, &encoded(content, "").unwrap(), is_compressed).unwrap());
    }
    archive
}

fn read(archive: &[u8], passphrase: Option<&[u8]>) -> Result<Vec<Content>, ArchiveError> {
    let mut frames = FrameReader::open(archive, passphrase)?;
    let mut found = Vec::new();
    loop {
        let frame = frames.next()?;
        found.push(frame.content);
        if frame.is_last {
            return Ok(found);
        }
    }
}

/// Where each block begins, and the end.
fn blocks(archive: &[u8]) -> Vec<usize> {
    let header = usize::from(u16::from_le_bytes([archive[10], archive[11]]));
    let mut places = vec![FIXED_BYTES + header + TAG_BYTES];
    while let Some(&place) = places.last()
        && place < archive.len()
    {
        let length = u32::from_le_bytes(archive[place..place + 4].try_into().unwrap()) & !LAST;
        places.push(place + 4 + length as usize);
    }
    places
}

#[test]
fn blocks_come_back_as_they_were_written() {
    assert_eq!(read(&archive(None), None).unwrap(), contents());
    assert_eq!(read(&archive(None), Some(b"not needed")).unwrap(), contents());
    let sealed = archive(Some(PASSPHRASE));
    assert_eq!(read(&sealed, Some(PASSPHRASE)).unwrap(), contents());
    assert!(!sealed.windows(8).any(|bytes| bytes == b"photos/1"), "nothing can be read");
}

#[test]
fn wrong_and_missing_passphrases_are_told() {
    let sealed = archive(Some(PASSPHRASE));
    assert!(matches!(read(&sealed, None), Err(ArchiveError::PassphraseNeeded)));
    assert!(matches!(read(&sealed, Some(b"open")), Err(ArchiveError::WrongPassphrase)));
}

#[test]
fn archive_cut_anywhere_is_told() {
    let whole = archive(None);
    for length in 0..whole.len() {
        let found = read(&whole[..length], None).unwrap_err();
        let is_cut = matches!(found, ArchiveError::Truncated(_) | ArchiveError::NoArchive);
        assert!(is_cut, "{length}: {found:?}");
    }
    let sealed = archive(Some(PASSPHRASE));
    for place in blocks(&sealed).into_iter().rev().skip(1) {
        let found = read(&sealed[..place], Some(PASSPHRASE)).unwrap_err();
        assert!(matches!(found, ArchiveError::Truncated(_)), "{place}: {found:?}");
    }
}

#[test]
fn every_flipped_bit_is_told() {
    let whole = archive(None);
    for place in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        assert!(read(&flipped, None).is_err(), "bit {place}");
    }
    let sealed = archive(Some(PASSPHRASE));
    for place in (0..sealed.len()).step_by(sealed.len() / 20) {
        let mut flipped = sealed.clone();
        flipped[place] ^= 0x10;
        assert!(read(&flipped, Some(PASSPHRASE)).is_err(), "byte {place}");
    }
}

#[test]
fn blocks_that_are_left_out_moved_or_added_are_told() {
    for passphrase in [None, Some(PASSPHRASE)] {
        let whole = archive(passphrase);
        let places = blocks(&whole);
        let block = |number: usize| &whole[places[number]..places[number + 1]];
        let start = &whole[..places[1]];
        let left_out = [start, block(1), block(3)].concat();
        let moved = [start, block(2), block(1), block(3)].concat();
        let ended = [start, block(1), block(2), block(3), b"!"].concat();
        for changed in [left_out, moved, ended] {
            let found = read(&changed, passphrase).unwrap_err();
            assert!(matches!(found, ArchiveError::Damaged(_)), "{found:?}");
        }
    }
}

#[test]
fn later_versions_and_other_files_are_told() {
    let mut later = archive(None);
    later[MAGIC.len()] = 2;
    assert!(matches!(read(&later, None), Err(ArchiveError::LaterVersion)));
    assert!(matches!(read(&[b'x'; 100], None), Err(ArchiveError::NoArchive)));
}

#[test]
fn length_that_promises_much_costs_no_memory() {
    let whole = archive(None);
    let mut promised = whole[..blocks(&whole)[0]].to_vec();
    promised.extend_from_slice(&(MOST_BYTES as u32).to_le_bytes());
    assert!(matches!(read(&promised, None), Err(ArchiveError::Truncated(0))));
    let place = promised.len() - 4;
    promised[place..].copy_from_slice(&(LAST - 1).to_le_bytes());
    assert!(matches!(read(&promised, None), Err(ArchiveError::Damaged(0))));
}
