//! `/persons` and `/person/id/{id}`: whom the cameras saw.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::PersonRecord;

use crate::error::Fault;
use crate::wire::Results;
use crate::{Call, Reply, fields};

/// Persons that are read from the store at a time.
const PAGE: u32 = 1000;

#[derive(Serialize, ToSchema)]
struct Person {
    id: u64,
    meta: String,
}

impl From<PersonRecord> for Person {
    fn from(person: PersonRecord) -> Self {
        Self { id: person.id.get(), meta: person.meta }
    }
}
/// The persons whom cameras saw.
#[utoipa::path(
    get,
    path = "/persons",
    operation_id = "persons",
    tag = "persons",
    responses((status = 200, description = "The persons", body = Results<Vec<Person>>))
)]
pub(crate) async fn list(call: Call) -> Result<Reply, Fault> {
    let (mut results, mut after): (Vec<Person>, _) = (Vec::new(), None);
    loop {
        let page = call.service().persons(call.caller, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        results.extend(page.into_iter().map(Person::from));
    }
    Ok(Reply::new(Results { results }))
}
/// One person.
#[utoipa::path(
    get,
    path = "/person/id/{id}",
    operation_id = "person",
    tag = "persons",
    params(("id" = u64, Path, description = "The person", minimum = 1)),
    responses((status = 200, description = "The person", body = Person))
)]
pub(crate) async fn show(call: Call) -> Result<Reply, Fault> {
    let person = call.service().person(call.caller, fields::person_id(&call)?).await?;
    Ok(Reply::new(Person::from(person)))
}
