//! What a store does, in the simplest words: the measure for every backend.

use std::collections::{BTreeMap, BTreeSet};

use vultus_store::{EnrolledFace, FaceRecord, Removal};
use vultus_types::{AccountId, FaceId};

/// Faces with their galleries, and the pending blobs; accounts exist when they are named.
#[derive(Debug, Default)]
pub struct StoreModel {
    /// The faces by id, with the names of their galleries.
    pub faces: BTreeMap<FaceId, (FaceRecord, BTreeSet<String>)>,
    /// The pending blobs.
    pub pending: BTreeSet<String>,
}

impl StoreModel {
    /// Stores faces; false where an id is taken.
    pub fn add_faces(&mut self, gallery: &str, faces: &[FaceRecord]) -> bool {
        let ids: BTreeSet<_> = faces.iter().map(|face| face.id).collect();
        if ids.len() < faces.len() || ids.iter().any(|id| self.faces.contains_key(id)) {
            return false;
        }
        for face in faces {
            if let Some(key) = &face.photo_key {
                self.pending.remove(key);
            }
            self.faces.insert(face.id, (face.clone(), BTreeSet::from([gallery.to_owned()])));
        }
        true
    }

    /// Puts a face into a gallery; false where there is no such face.
    pub fn add_to_gallery(&mut self, account: AccountId, id: FaceId, gallery: &str) -> bool {
        match self.faces.get_mut(&id) {
            Some((face, galleries)) if face.account == account => {
                galleries.insert(gallery.to_owned());
                true
            }
            _ => false,
        }
    }

    /// Takes the faces that `which` names out of the gallery.
    pub fn remove(
        &mut self,
        account: AccountId,
        gallery: &str,
        which: impl Fn(&FaceRecord) -> bool,
    ) -> Option<Removal> {
        let is_meant = |face: &FaceRecord, galleries: &BTreeSet<String>| {
            face.account == account && galleries.contains(gallery) && which(face)
        };
        let meant: Vec<FaceId> = self
            .faces
            .iter()
            .filter(|(_, (face, galleries))| is_meant(face, galleries))
            .map(|(&id, _)| id)
            .collect();
        if meant.is_empty() {
            return None;
        }
        let mut removal = Removal::default();
        let mut keys = BTreeSet::new();
        for id in meant {
            let (_, galleries) = self.faces.get_mut(&id).unwrap();
            galleries.remove(gallery);
            if galleries.is_empty() {
                let (face, _) = self.faces.remove(&id).unwrap();
                keys.extend(face.photo_key);
                removal.faces.push(id);
            }
        }
        keys.retain(|key| !self.faces.values().any(|(face, _)| face.photo_key.as_ref() == Some(key)));
        self.pending.extend(keys.iter().cloned());
        removal.orphaned_blobs = keys.into_iter().collect();
        Some(removal)
    }

    /// The account's galleries.
    pub fn galleries(&self, account: AccountId) -> Vec<String> {
        let own = self.faces.values().filter(|(face, _)| face.account == account);
        let names: BTreeSet<_> = own.flat_map(|(_, galleries)| galleries.iter().cloned()).collect();
        names.into_iter().collect()
    }

    /// The subjects of a gallery.
    pub fn subjects(&self, account: AccountId, gallery: &str) -> Option<Vec<String>> {
        let names: BTreeSet<_> = self.faces_in(account, gallery).map(|face| face.subject.clone()).collect();
        (!names.is_empty()).then(|| names.into_iter().collect())
    }

    /// The faces in a gallery.
    pub fn faces_in<'a>(
        &'a self,
        account: AccountId,
        gallery: &'a str,
    ) -> impl Iterator<Item = &'a FaceRecord> {
        let inside = move |(face, galleries): &&(FaceRecord, BTreeSet<String>)| {
            face.account == account && galleries.contains(gallery)
        };
        self.faces.values().filter(inside).map(|(face, _)| face)
    }

    /// One face.
    pub fn face(&self, account: AccountId, id: FaceId) -> Option<EnrolledFace> {
        let (face, galleries) = self.faces.get(&id)?;
        let galleries = galleries.iter().cloned().collect();
        let face = face.clone();
        (face.account == account).then_some(EnrolledFace { face, galleries, person: None, event: None })
    }
}
