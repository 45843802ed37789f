//! Telling persons apart: the exemplars of every person, compared with each new face.
//!
//! A person is represented by few templates, its exemplars, so that a new face is compared with the persons
//! and not with every face ever seen. The comparison is exact: every exemplar of the scope is looked at.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use vultus_store::{IndexEntry, PersonScope, Sighting};
use vultus_types::{
    AccountId, CameraId, FaceId, IncomparableTemplate, PersonId, ScoreRule, Similarity, Template,
};

use crate::exact::layout::Layout;

mod scope;

use scope::Scope;

/// How many exemplars a person has in a scope.
pub const MOST_EXEMPLARS: usize = 5;

/// The person most like a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PersonHit {
    /// The person.
    pub person: PersonId,
    /// The similarity to the person's most similar exemplar.
    pub similarity: Similarity,
}

/// What a further face of a person does to the person's exemplars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExemplarChange {
    /// Whether it becomes one.
    pub is_exemplar: bool,
    /// Which one it replaces.
    pub replaces: Option<FaceId>,
}

impl ExemplarChange {
    /// Of the first face.
    pub const FIRST: Self = Self { is_exemplar: true, replaces: None };
    /// Of a face that stands for nobody.
    pub const NONE: Self = Self { is_exemplar: false, replaces: None };
}

/// The exemplars of all persons, in memory. It is a cache of the store; an
/// [`IndexFeed`](crate::IndexFeed) keeps it level. All methods may be called from many threads at once.
pub struct PersonIndex {
    layout: Arc<Layout>,
    is_global: bool,
    scopes: RwLock<HashMap<PersonScope, Arc<RwLock<Scope>>>>,
    /// Where each exemplar lies. Held during each change, so that changes of one face cannot interleave.
    /// Searches never take it.
    directory: Mutex<HashMap<FaceId, PersonScope>>,
}

impl PersonIndex {
    /// An empty index of templates that `rule` compares. `is_global` says whether the cameras of an account
    /// share their persons; else each camera has persons of its own.
    pub fn new(rule: ScoreRule, is_global: bool) -> Self {
        Self {
            layout: Arc::new(Layout::new(rule)),
            is_global,
            scopes: RwLock::default(),
            directory: Mutex::default(),
        }
    }

    /// Among whose events the persons of that camera are told apart.
    pub fn scope(&self, account: AccountId, camera: CameraId) -> PersonScope {
        PersonScope { account, camera: (!self.is_global).then_some(camera) }
    }

    /// Adds a face that is an exemplar, or replaces it where it is known; takes it out where it is none (any
    /// more) or its template was made by other models.
    pub fn upsert(&self, entry: &IndexEntry) {
        let mut directory = self.directory.lock();
        self.take_out(&mut directory, entry.id);
        let Some(Sighting { camera, person }) = entry.exemplar else { return };
        let Ok(row) = self.layout.row(&entry.template) else { return };
        let key = self.scope(entry.account, camera);
        directory.insert(entry.id, key);
        let scope = self.find(key).unwrap_or_else(|| {
            let scope = Arc::new(RwLock::new(Scope::new(Arc::clone(&self.layout))));
            self.scopes.write().insert(key, Arc::clone(&scope));
            scope
        });
        scope.write().add(entry.id, person, &row);
    }

    /// Takes a face out; nothing happens where it is not there.
    pub fn remove(&self, face: FaceId) {
        self.take_out(&mut self.directory.lock(), face);
    }

    /// Takes everything out.
    pub fn clear(&self) {
        let mut directory = self.directory.lock();
        directory.clear();
        self.scopes.write().clear();
    }

    /// How many exemplars it holds.
    pub fn exemplars(&self) -> usize {
        self.directory.lock().len()
    }

    /// Whose face it is: the person of the scope most like `face`, where that similarity is at least `least`, else
    /// someone new; and what becomes of the person's exemplars.
    ///
    /// # Errors
    /// [`IncomparableTemplate`] where the face's template was made by other models than the index compares.
    pub fn decide(
        &self,
        scope: PersonScope,
        face: &Template,
        least: Similarity,
    ) -> Result<(Option<PersonHit>, ExemplarChange), IncomparableTemplate> {
        let row = self.layout.row(face)?;
        let Some(scope) = self.find(scope) else { return Ok((None, ExemplarChange::FIRST)) };
        let scope = scope.read();
        let known = scope.best(&row).filter(|hit| hit.similarity >= least);
        Ok((known, known.map_or(ExemplarChange::FIRST, |hit| scope.exemplar_change(hit.person, &row))))
    }

    fn find(&self, scope: PersonScope) -> Option<Arc<RwLock<Scope>>> {
        self.scopes.read().get(&scope).cloned()
    }

    fn take_out(&self, directory: &mut HashMap<FaceId, PersonScope>, face: FaceId) {
        let Some(key) = directory.remove(&face) else { return };
        let Some(scope) = self.find(key) else { return };
        let is_empty = {
            let mut scope = scope.write();
            scope.remove(face);
            scope.is_empty()
        };
        if is_empty {
            self.scopes.write().remove(&key);
        }
    }
}

#[cfg(test)]
mod tests;
