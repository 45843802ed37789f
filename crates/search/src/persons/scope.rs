//! The persons of one scope.

use std::collections::HashMap;
use std::sync::Arc;

use vultus_types::{FaceId, PersonId, Similarity};

use super::{ExemplarChange, MOST_EXEMPLARS, PersonHit};
use crate::exact::arena::Arena;
use crate::exact::layout::Layout;

/// The exemplars of one scope, in one arena.
pub(super) struct Scope {
    layout: Arc<Layout>,
    rows: Arena,
    /// Whose exemplar each row is; nobody's where the row is free.
    owners: Vec<Option<(FaceId, PersonId)>>,
    free: Vec<u32>,
    by_face: HashMap<FaceId, u32>,
    by_person: HashMap<PersonId, Vec<u32>>,
}

impl Scope {
    /// A scope without persons, for rows of that layout.
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        Self {
            rows: Arena::new(layout.width()),
            layout,
            owners: Vec::new(),
            free: Vec::new(),
            by_face: HashMap::new(),
            by_person: HashMap::new(),
        }
    }

    /// Whether no exemplar is left.
    pub(super) fn is_empty(&self) -> bool {
        self.by_face.is_empty()
    }

    /// Adds an exemplar that is not there yet.
    pub(super) fn add(&mut self, face: FaceId, person: PersonId, row: &[f32]) {
        let slot = self.free.pop().unwrap_or(self.owners.len() as u32);
        if (slot as usize) < self.owners.len() {
            self.owners[slot as usize] = Some((face, person));
            self.rows.row_mut(slot).copy_from_slice(row);
        } else {
            self.owners.push(Some((face, person)));
            self.rows.push(row);
        }
        self.by_face.insert(face, slot);
        self.by_person.entry(person).or_default().push(slot);
    }

    /// Takes an exemplar out and wipes its row.
    pub(super) fn remove(&mut self, face: FaceId) {
        let Some(slot) = self.by_face.remove(&face) else { return };
        let Some((_, person)) = self.owners[slot as usize].take() else { return };
        self.rows.row_mut(slot).fill(0.0);
        self.free.push(slot);
        if let Some(slots) = self.by_person.get_mut(&person) {
            slots.retain(|&other| other != slot);
            if slots.is_empty() {
                self.by_person.remove(&person);
            }
        }
    }

    /// The person with the exemplar most like the row; of equal ones the one with the smallest number.
    pub(super) fn best(&self, row: &[f32]) -> Option<PersonHit> {
        let mut best: Option<PersonHit> = None;
        for (owner, slot) in self.owners.iter().zip(0..) {
            let Some((_, person)) = *owner else { continue };
            let similarity = Similarity(self.layout.score(row, self.rows.row(slot)));
            let is_better = best.is_none_or(|best| {
                similarity > best.similarity || (similarity == best.similarity && person < best.person)
            });
            if is_better {
                best = Some(PersonHit { person, similarity });
            }
        }
        best
    }

    /// What a further face does to a person's exemplars: of those and the face, the two most alike need only
    /// one of them, so that the exemplars kept show the person in as many ways as possible.
    pub(super) fn exemplar_change(&self, person: PersonId, row: &[f32]) -> ExemplarChange {
        let slots = self.by_person.get(&person).map_or(&[][..], |slots| &slots[..]);
        if slots.len() < MOST_EXEMPLARS {
            return ExemplarChange::FIRST;
        }
        let rows: Vec<&[f32]> = slots.iter().map(|&slot| self.rows.row(slot)).chain([row]).collect();
        let score = |one: usize, other: usize| self.layout.score(rows[one], rows[other]);
        let closest = (0..rows.len())
            .flat_map(|one| (one + 1..rows.len()).map(move |other| (one, other)))
            .max_by(|one, other| score(one.0, one.1).total_cmp(&score(other.0, other.1)));
        // The later of a pair is the newer face where it is not among the exemplars yet.
        match closest {
            Some((one, other)) if other < slots.len() => {
                let total = |place: usize| -> f32 {
                    (0..rows.len()).filter(|&rest| rest != place).map(|rest| score(place, rest)).sum()
                };
                let redundant = if total(one) >= total(other) { one } else { other };
                let owner = self.owners[slots[redundant] as usize];
                ExemplarChange { is_exemplar: true, replaces: owner.map(|(face, _)| face) }
            }
            _ => ExemplarChange::NONE,
        }
    }
}
