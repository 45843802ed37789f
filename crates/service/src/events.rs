//! Faces that cameras saw: each is stored as an event together with its person, who is found among those seen
//! before or is new.
//!
//! The events of one scope take turns in this process, so that of two faces of one new person that arrive at
//! once the second finds the person of the first. Another process on the same store may decide at the same
//! moment; the store refuses a new person where its scope has got an exemplar that was not known when it was
//! decided on, and the decision is taken again. So the same holds whatever the number of processes.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use futures::lock::Mutex;
use vultus_search::{ExemplarChange, PersonIndex};
use vultus_store::{EventBatch, FaceEvent, FaceRecord, NewEvent, PersonChoice, PersonScope, StoreError};
use vultus_types::{CameraId, FaceId, PersonId, ScoreRule, Similarity, Template, Timestamp};

use crate::{ErrorKind, Permit, Service, ServiceError};

/// How often a decision is taken again that another process overtook. Each time the other one got on, so this
/// many in a row mean that the store is overrun.
const ATTEMPTS: usize = 50;

/// The camera that took a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSource {
    /// The camera; it need not be configured.
    pub camera: CameraId,
    /// When it saw the faces; the time of the enrolment where it does not tell.
    pub occurred_at: Option<Timestamp>,
}

/// Whose face it is and what becomes of the person's exemplars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decision {
    person: PersonChoice,
    change: ExemplarChange,
}

impl Service {
    /// Stores the records under new ids, with their events and persons, in one transaction.
    ///
    /// # Errors
    /// [`ErrorKind::Overloaded`] where other processes overtook every attempt.
    pub(crate) async fn add_events(
        &self,
        mut permit: Permit,
        galleries: &[String],
        records: &mut [FaceRecord],
        source: EventSource,
    ) -> Result<Vec<(Option<PersonId>, FaceEvent)>, ServiceError> {
        let Some(account) = records.first().map(|record| record.account) else { return Ok(Vec::new()) };
        let galleries: Vec<&str> = galleries.iter().map(String::as_str).collect();
        let occurred_at = source.occurred_at.unwrap_or_else(|| self.clock.now());
        let scope = self.policy.persons.scope(account, source.camera);
        let turn = scope.map(|scope| self.turns.of(scope));
        let _turn = match &turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        for _ in 0..ATTEMPTS {
            self.number(records)?;
            let (mut decisions, mut decided) = (Vec::new(), None);
            if let Some(scope) = scope {
                self.feed.catch_up().await?;
                decided = self.feed.applied().map(|known| (scope, known));
                (decisions, permit) = self.decide(permit, scope, records).await?;
            }
            let nobody = Decision { person: PersonChoice::Nobody, change: ExemplarChange::NONE };
            let decisions = decisions.into_iter().chain(std::iter::repeat(nobody));
            let event = |(record, decision): (&FaceRecord, Decision)| NewEvent {
                face: record.id,
                camera: source.camera,
                occurred_at,
                person: decision.person,
                is_exemplar: decision.change.is_exemplar,
                replaces: decision.change.replaces,
            };
            let events: Vec<NewEvent> = records.iter().zip(decisions).map(event).collect();
            let batch = EventBatch { events: &events, decided, friend: self.policy.persons.friend };
            match self.store.add_events(&galleries, records, batch).await {
                Err(StoreError::Conflict(_) | StoreError::Stale | StoreError::NotFound("person")) => {}
                result => return Ok(result?),
            }
        }
        Err(ErrorKind::Overloaded { retry_after: crate::error::RETRY_AFTER }.into())
    }

    /// Finds out on the work pool whose faces these are.
    async fn decide(
        &self,
        permit: Permit,
        scope: PersonScope,
        records: &[FaceRecord],
    ) -> Result<(Vec<Decision>, Permit), ServiceError> {
        let faces: Vec<(FaceId, Template)> =
            records.iter().map(|record| (record.id, record.template.clone())).collect();
        let least = self.calibration.similarity_at(self.policy.persons.threshold);
        let (persons, rule) = (Arc::clone(&self.persons), self.analyzer.score_rule().clone());
        let job = move |_: &_| decide_all(&persons, &rule, scope, least, &faces);
        let (decisions, permit) = self.pool.run_keeping(permit, job).await?;
        Ok((decisions?, permit))
    }
}

/// Whose the faces of one photo are: of the person most like each, if like enough, a face of the same photo
/// that shows someone new among them.
fn decide_all(
    persons: &PersonIndex,
    rule: &ScoreRule,
    scope: PersonScope,
    least: Similarity,
    faces: &[(FaceId, Template)],
) -> Result<Vec<Decision>, ServiceError> {
    let mut decisions: Vec<Decision> = Vec::with_capacity(faces.len());
    for (_, template) in faces {
        let (known, mut change) = persons.decide(scope, template, least)?;
        let mut best = known.map(|hit| (hit.similarity, PersonChoice::Known(hit.person)));
        for ((earlier, other), decision) in faces.iter().zip(&decisions) {
            let similarity = rule.similarity(template, other)?;
            let is_better = similarity >= least && best.is_none_or(|(best, _)| similarity > best);
            if decision.person == PersonChoice::New && is_better {
                best = Some((similarity, PersonChoice::SameAs(*earlier)));
                change = ExemplarChange::FIRST;
            }
        }
        let person = best.map_or(PersonChoice::New, |(_, person)| person);
        decisions.push(Decision { person, change });
    }
    Ok(decisions)
}

/// Whose turn it is in each scope.
#[derive(Default)]
pub(crate) struct Turns {
    scopes: std::sync::Mutex<HashMap<PersonScope, Weak<Mutex<()>>>>,
}

impl Turns {
    /// The turns of one scope.
    fn of(&self, scope: PersonScope) -> Arc<Mutex<()>> {
        let mut scopes = self.scopes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(turn) = scopes.get(&scope).and_then(Weak::upgrade) {
            return turn;
        }
        // Scopes that nobody waits for are forgotten, so that the map holds no more than those at work.
        scopes.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Mutex::new(()));
        scopes.insert(scope, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
pub(crate) mod tests;
