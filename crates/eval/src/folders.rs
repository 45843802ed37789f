//! Folders of photos.

use std::io;
use std::path::{Path, PathBuf};

use rand::seq::SliceRandom;

use crate::statistics::seeded;

/// File name endings of photos, in lower case.
const PHOTO_ENDINGS: [&str; 6] = ["jpg", "jpeg", "png", "webp", "bmp", "gif"];

/// The photos of a folder and of the folders in it, sorted. Files that are named like no photo, and names beginning
/// with a dot, are skipped.
///
/// # Errors
/// Where a folder cannot be read.
pub fn photos_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut photos = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if is_hidden {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if is_photo(&path) {
                photos.push(path);
            }
        }
    }
    photos.sort();
    Ok(photos)
}

fn is_photo(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| PHOTO_ENDINGS.contains(&ending.as_str()))
}

/// At most `limit` of the items, chosen by the seed, in their order.
#[must_use]
pub fn sample<T>(items: Vec<T>, limit: Option<usize>, seed: u64) -> Vec<T> {
    let Some(limit) = limit.filter(|limit| *limit < items.len()) else { return items };
    let mut chosen: Vec<usize> = (0..items.len()).collect();
    chosen.shuffle(&mut seeded(seed));
    let mut keep = vec![false; items.len()];
    for &index in &chosen[..limit] {
        keep[index] = true;
    }
    items.into_iter().zip(keep).filter_map(|(item, keep)| keep.then_some(item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_are_found_at_any_depth_in_order() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b/2.JPG", "b/c/1.png", "a.webp", "notes.txt", ".hidden.jpg", ".folder/x.jpg"] {
            let path = root.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, b"").unwrap();
        }
        let photos = photos_in(root.path()).unwrap();
        let expected = ["a.webp", "b/2.JPG", "b/c/1.png"].map(|name| root.path().join(name));
        assert_eq!(photos, expected);
    }

    #[test]
    fn sample_follows_from_the_seed_and_keeps_the_order() {
        let items: Vec<u32> = (0..100).collect();
        let some = sample(items.clone(), Some(10), 7);
        assert!(some.len() == 10 && some.is_sorted());
        assert_eq!(some, sample(items.clone(), Some(10), 7));
        assert_ne!(some, sample(items.clone(), Some(10), 8));
        assert_eq!(sample(items.clone(), None, 7), items);
    }
}
