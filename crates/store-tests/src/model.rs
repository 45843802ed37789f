//! What a store does, in the simplest words: the measure for every backend.

use std::collections::{BTreeMap, BTreeSet};

use vultus_store::{EnrolledFace, FaceRecord, FaceUpdate, FacesToRemove, Removal};
use vultus_types::{AccountId, FaceId};

/// Faces with their galleries, lasting galleries, and the pending blobs; accounts exist when they are named.
#[derive(Debug, Default)]
pub struct StoreModel {
    /// The faces by id, with the names of their galleries.
    pub faces: BTreeMap<FaceId, (FaceRecord, BTreeSet<String>)>,
    /// The galleries that last without faces.
    pub lasting: BTreeSet<(AccountId, String)>,
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
        for id in &meant {
            self.faces.get_mut(id).unwrap().1.remove(gallery);
        }
        Some(self.clear_away(meant))
    }

    /// Takes away those of the faces that lie in no gallery.
    fn clear_away(&mut self, faces: Vec<FaceId>) -> Removal {
        let mut removal = Removal::default();
        let mut keys = BTreeSet::new();
        for id in faces {
            if self.faces[&id].1.is_empty() {
                let (face, _) = self.faces.remove(&id).unwrap();
                keys.extend(face.photo_key);
                removal.faces.push(id);
            }
        }
        keys.retain(|key| !self.faces.values().any(|(face, _)| face.photo_key.as_ref() == Some(key)));
        self.pending.extend(keys.iter().cloned());
        removal.orphaned_blobs = keys.into_iter().collect();
        removal
    }

    /// Removes a gallery with the faces that lie in no other.
    pub fn remove_gallery(&mut self, account: AccountId, gallery: &str) -> Option<Removal> {
        let removal = self.remove(account, gallery, |_| true);
        let lasted = self.lasting.remove(&(account, gallery.to_owned()));
        removal.or_else(|| lasted.then(Removal::default))
    }

    /// Makes a gallery last; false where it lasts already.
    pub fn create_gallery(&mut self, account: AccountId, gallery: &str) -> bool {
        self.lasting.insert((account, gallery.to_owned()))
    }

    /// Changes a face.
    pub fn update(&mut self, account: AccountId, id: FaceId, update: &FaceUpdate) -> Option<EnrolledFace> {
        let (face, galleries) = self.faces.get_mut(&id).filter(|(face, _)| face.account == account)?;
        if let Some(subject) = &update.subject {
            face.subject.clone_from(subject);
        }
        if let Some(edit) = &update.galleries {
            let before: Vec<String> = galleries.iter().cloned().collect();
            *galleries = edit.apply(&before);
        }
        self.face(account, id)
    }

    /// Removes faces from all their galleries.
    pub fn remove_faces(&mut self, account: AccountId, which: FacesToRemove<'_>) -> Removal {
        let is_meant = |id: FaceId, face: &FaceRecord| match which {
            FacesToRemove::One(meant) => id == meant,
            FacesToRemove::Subject(subject) => face.subject == subject,
        };
        let own = self.faces.iter_mut().filter(|(_, (face, _))| face.account == account);
        let mut meant = Vec::new();
        for (&id, (_, galleries)) in own.filter(|(id, (face, _))| is_meant(**id, face)) {
            galleries.clear();
            meant.push(id);
        }
        self.clear_away(meant)
    }

    /// The account's galleries.
    pub fn galleries(&self, account: AccountId) -> Vec<String> {
        let own = self.faces.values().filter(|(face, _)| face.account == account);
        let lasting =
            self.lasting.iter().filter(|(owner, _)| *owner == account).map(|(_, name)| name.clone());
        let names: BTreeSet<_> =
            own.flat_map(|(_, galleries)| galleries.iter().cloned()).chain(lasting).collect();
        names.into_iter().collect()
    }

    /// The subjects of a gallery.
    pub fn subjects(&self, account: AccountId, gallery: &str) -> Option<Vec<String>> {
        let names: BTreeSet<_> = self.faces_in(account, gallery).map(|face| face.subject.clone()).collect();
        let exists = !names.is_empty() || self.lasting.contains(&(account, gallery.to_owned()));
        exists.then(|| names.into_iter().collect())
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
