//! The faces of one account.

use std::collections::HashMap;
use std::sync::Arc;

use vultus_store::IndexEntry;
use vultus_types::{FaceId, Similarity, Timestamp};

use super::arena::Arena;
use super::layout::Layout;
use super::lists::NamedLists;
use super::ranking::{Ranked, Ranking};
use crate::Hit;

/// One account's vectors, with the lists of its galleries and subjects.
pub(super) struct Shard {
    layout: Arc<Layout>,
    vectors: Arena,
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_face: HashMap<FaceId, u32>,
    galleries: NamedLists,
    subjects: NamedLists,
}

/// What is known of the face in a slot. A free slot keeps its last face's values; no list names it.
struct Slot {
    face: FaceId,
    enrolled_at: Timestamp,
    subject: u32,
    galleries: Box<[u32]>,
}

impl Shard {
    /// A shard for rows of that layout.
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        Self {
            vectors: Arena::new(layout.width()),
            layout,
            slots: Vec::new(),
            free: Vec::new(),
            by_face: HashMap::new(),
            galleries: NamedLists::default(),
            subjects: NamedLists::default(),
        }
    }

    /// Whether no face is left.
    pub(super) fn is_empty(&self) -> bool {
        self.by_face.is_empty()
    }

    /// How many bytes the vectors take.
    pub(super) fn vector_bytes(&self) -> usize {
        self.vectors.bytes()
    }

    /// Adds or replaces a face.
    pub(super) fn upsert(&mut self, entry: &IndexEntry, vector: &[f32]) {
        self.remove(entry.id);
        let number = self.free.pop().unwrap_or(self.slots.len() as u32);
        let slot = Slot {
            face: entry.id,
            enrolled_at: entry.enrolled_at,
            subject: self.subjects.add(&entry.subject, number),
            galleries: entry.galleries.iter().map(|gallery| self.galleries.add(gallery, number)).collect(),
        };
        if (number as usize) < self.slots.len() {
            self.slots[number as usize] = slot;
            self.vectors.row_mut(number).copy_from_slice(vector);
        } else {
            self.slots.push(slot);
            self.vectors.push(vector);
        }
        self.by_face.insert(entry.id, number);
    }

    /// Takes a face out and wipes its vector.
    pub(super) fn remove(&mut self, face: FaceId) {
        let Some(number) = self.by_face.remove(&face) else { return };
        let slot = &mut self.slots[number as usize];
        self.subjects.remove(slot.subject, number);
        for gallery in std::mem::take(&mut slot.galleries) {
            self.galleries.remove(gallery, number);
        }
        self.vectors.row_mut(number).fill(0.0);
        self.free.push(number);
    }

    /// The best face of each of the best subjects.
    pub(super) fn search(
        &self,
        gallery: &str,
        probe: &[f32],
        min_similarity: Similarity,
        max_results: usize,
    ) -> Vec<Hit> {
        let unnamed = self.subjects.number("");
        let slots = self.galleries.slots(gallery).iter().copied();
        self.rank(slots, probe, min_similarity, max_results, |number, slot| {
            // Numbers beyond those of subjects stand for faces without a name.
            let alone = unnamed == Some(slot.subject);
            if alone { 1 << 32 | u64::from(number) } else { u64::from(slot.subject) }
        })
    }

    /// The best faces of a gallery, or of all.
    pub(super) fn search_faces(
        &self,
        gallery: Option<&str>,
        probe: &[f32],
        min_similarity: Similarity,
        max_results: usize,
    ) -> Vec<Hit> {
        let alone = |number: u32, _: &Slot| u64::from(number);
        if let Some(gallery) = gallery {
            let slots = self.galleries.slots(gallery).iter().copied();
            return self.rank(slots, probe, min_similarity, max_results, alone);
        }
        // Every face lies in a gallery; a free slot in none.
        let taken = |number: &u32| !self.slots[*number as usize].galleries.is_empty();
        let slots = (0..self.slots.len() as u32).filter(taken);
        self.rank(slots, probe, min_similarity, max_results, alone)
    }

    /// The best face of each of the best groups.
    fn rank(
        &self,
        slots: impl Iterator<Item = u32>,
        probe: &[f32],
        min_similarity: Similarity,
        max_results: usize,
        group: impl Fn(u32, &Slot) -> u64,
    ) -> Vec<Hit> {
        let mut ranking = Ranking::new(max_results);
        for number in slots {
            let similarity = self.layout.score(probe, self.vectors.row(number));
            if similarity >= min_similarity.0 && ranking.admits(similarity) {
                let slot = &self.slots[number as usize];
                ranking.offer(group(number, slot), Ranked { similarity, face: slot.face, slot: number });
            }
        }
        ranking.into_best().map(|face| self.hit(face)).collect()
    }

    /// The subject's best face in the gallery.
    pub(super) fn search_subject(&self, gallery: &str, subject: &str, probe: &[f32]) -> Option<Hit> {
        let gallery = self.galleries.number(gallery)?;
        let slots = self.subjects.slots(subject).iter().copied();
        let inside = slots.filter(|&number| self.slots[number as usize].galleries.contains(&gallery));
        let ranked = inside.map(|number| {
            let similarity = self.layout.score(probe, self.vectors.row(number));
            Ranked { similarity, face: self.slots[number as usize].face, slot: number }
        });
        ranked.min().map(|face| self.hit(face))
    }

    fn hit(&self, ranked: Ranked) -> Hit {
        let slot = &self.slots[ranked.slot as usize];
        Hit {
            face: ranked.face,
            subject: self.subjects.name(slot.subject).to_owned(),
            similarity: Similarity(ranked.similarity),
            enrolled_at: slot.enrolled_at,
        }
    }
}
