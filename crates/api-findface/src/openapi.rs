//! The description of the dialect: its calls are described at their handlers, its errors in their table. One path of
//! each call is described; the forms that clients in the field use beside it are in `paths.rs`.

mod forms;

use serde_json::json;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, Required, Server};
use utoipa::{Modify, OpenApi};
use vultus_http::DialectFault;
use vultus_openapi::{Told, add_faults, add_request_id, name_of, set_json_type};
use vultus_types::BoundingBox;

pub(crate) use self::forms::*;

use crate::error::{Body, Fault, RETRY_AFTER, TooMany};
use crate::handlers::{
    cameras, detect, docs, face_add, face_id, face_meta, faces, galleries, history, identify, metas, persons,
    verify,
};
use crate::quirks;

/// The document of the dialect.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "FindFace",
        description = "Faces with metas and galleries, cameras, what they saw and the persons they saw, as FindFace Enterprise Server \
        answers it.\n\n\
        Every path exists below `/v0`, `/v1` and without a version. Parameters come in the query, a form, a multipart body or \
        JSON, whatever the content type says. Clients in the field use more paths than are described here: `/faces` for \
        `/face` and the other way round, also before `/id/{id}`, `/meta/{meta}` and `/gallery/{gallery}`, and \
        `/faces/identify` for `/identify`. Errors are `{\"code\", \"reason\"}`, with `param` and `value` where a parameter is wrong."
    ),
    paths(
        detect::run,
        verify::run,
        identify::run,
        face_add::run,
        faces::run,
        face_id::show,
        face_id::change,
        face_id::delete,
        face_meta::list,
        face_meta::delete,
        metas::run,
        galleries::list,
        galleries::create,
        galleries::delete,
        persons::list,
        persons::show,
        history::search,
        history::of_person,
        cameras::list,
        cameras::create,
        cameras::show,
        cameras::change,
        cameras::delete,
        docs::list,
        docs::show
    ),
    components(schemas(Body, TooMany)),
    modifiers(&Credentials),
    security(("token" = [])),
    tags(
        (name = "faces", description = "Faces, of photos and enrolled"),
        (name = "metas", description = "Metas and their faces"),
        (name = "galleries", description = "Galleries"),
        (name = "persons", description = "Whom cameras saw"),
        (name = "history", description = "What cameras saw"),
        (name = "cameras", description = "Cameras"),
        (name = "docs", description = "The documentation that FindFace serves itself")
    )
)]
struct Api;

/// The token of the account.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut Document) {
        let about = "The word `Token`, a space, and the account's token.";
        let key = ApiKey::Header(ApiKeyValue::with_description("Authorization", about));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::ApiKey(key));
    }
}

/// Calls that exist for a gallery too: the path, and where the gallery stands in it.
const IN_A_GALLERY: [(&str, &str); 6] = [
    ("/identify", "/faces/gallery/{gallery}/identify"),
    ("/face", "/face/gallery/{gallery}"),
    ("/faces", "/faces/gallery/{gallery}"),
    ("/face/meta/{meta}", "/face/gallery/{gallery}/meta/{meta}"),
    ("/meta", "/meta/gallery/{gallery}"),
    ("/galleries", "/galleries/{gallery}"),
];

/// The description of every call, with every answer.
pub fn document() -> Document {
    let mut document = Api::openapi();
    split_search(&mut document);
    add_faults(&mut document, "Error", |call| faults(call).iter().map(told).collect());
    add_faults(&mut document, "TooManyFaces", |call| {
        let is_told = matches!(call, "identify" | "add_face" | "verify");
        is_told
            .then(|| told(&Fault::TooManyFaces(vec![BoundingBox::new(20.0, 60.0, 120.0, 120.0)])))
            .into_iter()
            .collect()
    });
    for (path, of_gallery) in IN_A_GALLERY {
        add_of_gallery(&mut document, path, of_gallery);
    }
    set_json_type(&mut document, quirks::JSON);
    add_request_id(&mut document);
    let versions = quirks::VERSIONS.iter().rev().map(|version| Server::new(format!("/{version}")));
    document.servers = Some(versions.chain([Server::new("/")]).collect());
    for (_, item) in document.paths.paths.iter_mut().filter(|(path, _)| path.starts_with("/docs")) {
        item.servers = Some(vec![Server::new("/")]);
    }
    document
}

/// A search has its fields in the query or, but for `GET`, in the body.
fn split_search(document: &mut Document) {
    let Some(item) = document.paths.paths.get_mut("/history/search") else { return };
    if let Some(get) = &mut item.get {
        get.request_body = None;
        get.operation_id = Some("find_history".to_owned());
    }
    if let Some(post) = &mut item.post {
        post.parameters = None;
    }
}

/// Describes the calls of a path as those of a gallery.
fn add_of_gallery(document: &mut Document, path: &str, of_gallery: &str) {
    let Some(item) = document.paths.paths.get(path) else { return };
    let mut added = document.paths.paths.get(of_gallery).cloned().unwrap_or_default();
    let of = |call: &Option<Operation>| call.as_ref().map(of_gallery_call);
    added.post = of(&item.post);
    if path == "/galleries" {
        // The name of a new one stands in the path.
        if let Some(post) = &mut added.post {
            post.request_body = None;
        }
    } else {
        added.get = of(&item.get);
        added.delete = of(&item.delete);
    }
    document.paths.paths.insert(of_gallery.to_owned(), added);
}

fn of_gallery_call(call: &Operation) -> Operation {
    let mut call = call.clone();
    call.operation_id = call.operation_id.map(|id| format!("{id}_of_gallery"));
    call.summary = call.summary.map(|summary| format!("{summary} In a gallery."));
    let text = ObjectBuilder::new().schema_type(Type::String);
    let gallery: Parameter = ParameterBuilder::new()
        .name("gallery")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The gallery; `default` is all faces."))
        .schema(Some(text))
        .build();
    call.parameters.get_or_insert_default().insert(0, gallery);
    let unknown = told(&Fault::NotFound("gallery"));
    vultus_openapi::add_fault_to(&mut call, "Error", unknown);
    call
}

fn faults(call: &str) -> Vec<Fault> {
    if call.starts_with("docs") {
        return (call == "docs_of_version").then_some(Fault::NotFound("version")).into_iter().collect();
    }
    let mut faults = vec![
        Fault::AuthFailed,
        Fault::RateLimited { retry_after: RETRY_AFTER },
        Fault::MalformedJson,
        Fault::MalformedBody,
        Fault::BodyTooLarge,
        Fault::Internal,
        Fault::bad("limit", Some("many".to_owned()), "The value is out of its range"),
    ];
    match call {
        "detect" | "verify" | "identify" | "add_face" => faults.extend(of_photos(call)),
        "face" | "change_face" | "delete_face" => faults.push(Fault::NotFound("face")),
        "faces_of_meta" | "delete_faces_of_meta" => faults.push(Fault::NotFound("meta")),
        "delete_gallery" => faults.push(Fault::NotFound("gallery")),
        "person" | "history_of_person" => faults.push(Fault::NotFound("person")),
        "camera" | "change_camera" | "delete_camera" => faults.push(Fault::NotFound("camera")),
        _ => {}
    }
    faults
}

fn of_photos(call: &str) -> Vec<Fault> {
    let photo = if call == "verify" { "photo1" } else { "photo" };
    let mut faults = vec![
        Fault::missing(photo),
        Fault::BadImage,
        Fault::Overloaded { retry_after: RETRY_AFTER },
        Fault::Unavailable("No model for this is installed"),
    ];
    if call != "detect" {
        faults.extend([Fault::NoFaces("No faces found on 'photo'"), Fault::Extraction]);
    }
    faults
}

fn told(fault: &Fault) -> Told {
    let (status, code, _, text) = fault.describe();
    Told {
        status,
        name: name_of(fault),
        summary: if code.is_empty() { "Too many faces".to_owned() } else { format!("{code}: {text}") },
        body: json!(fault.body()),
        text_type: None,
        has_retry_after: fault.retry_after().is_some(),
    }
}
