//! The paths, with the forms that clients in the field use beside the documented ones.

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::routing::{MethodFilter, MethodRouter, on};
use vultus_service::Permit;

use crate::error::Fault;
use crate::handlers::{
    cameras, detect, docs, face_add, face_id, face_meta, faces, galleries, history, identify, metas, persons,
    verify,
};
use crate::request::{Call, PathParams, Reply, call, photo_call};
use crate::{FindFace, quirks};

/// Every route, under each version and without one.
pub(crate) fn routes() -> Router<FindFace> {
    let mut router = Router::new();
    for version in quirks::VERSIONS.iter().map(|version| format!("/{version}")).chain([String::new()]) {
        for (path, endpoint) in endpoints() {
            router = router.route(&format!("{version}{path}"), endpoint);
        }
    }
    // The documentation tells of the versions, so it has none itself.
    router
        .route("/docs", on(MethodFilter::GET, docs::list))
        .route("/docs/{version}", on(MethodFilter::GET, docs::show))
}

fn endpoints() -> Vec<(&'static str, MethodRouter<FindFace>)> {
    let add = || photo("face", face_add::run);
    let identify = || photo("identify", identify::run);
    let list = || plain(MethodFilter::GET, "faces", faces::run);
    let by_id = || {
        plain(MethodFilter::GET, "face/id", face_id::show)
            .merge(plain(MethodFilter::PUT, "face/id", face_id::change))
            .merge(plain(MethodFilter::DELETE, "face/id", face_id::delete))
    };
    let by_meta = || {
        plain(MethodFilter::GET, "face/meta", face_meta::list).merge(plain(
            MethodFilter::DELETE,
            "face/meta",
            face_meta::delete,
        ))
    };
    let search = plain(MethodFilter::POST, "history", history::search).merge(plain(
        MethodFilter::GET,
        "history",
        history::search,
    ));
    let all_cameras = plain(MethodFilter::GET, "camera", cameras::list).merge(plain(
        MethodFilter::POST,
        "camera",
        cameras::create,
    ));
    let one_camera = plain(MethodFilter::GET, "camera", cameras::show)
        .merge(plain(MethodFilter::PUT, "camera", cameras::change))
        .merge(plain(MethodFilter::DELETE, "camera", cameras::delete));
    vec![
        ("/persons", plain(MethodFilter::GET, "persons", persons::list)),
        ("/person/id/{id}", plain(MethodFilter::GET, "person/id", persons::show)),
        ("/person/history/id/{id}", plain(MethodFilter::GET, "person/history", history::of_person)),
        ("/history/search", search),
        ("/camera", all_cameras),
        ("/camera/{id}", one_camera),
        ("/detect", photo("detect", detect::run)),
        ("/verify", photo("verify", verify::run)),
        ("/identify", identify()),
        ("/faces/identify", identify()),
        ("/face/gallery/{gallery}/identify", identify()),
        ("/faces/gallery/{gallery}/identify", identify()),
        ("/face", add().merge(list())),
        ("/faces", add().merge(list())),
        ("/face/gallery/{gallery}", add().merge(list())),
        ("/faces/gallery/{gallery}", add().merge(list())),
        ("/face/id/{id}", by_id()),
        ("/faces/id/{id}", by_id()),
        ("/face/meta/{meta}", by_meta()),
        ("/faces/meta/{meta}", by_meta()),
        ("/face/gallery/{gallery}/meta/{meta}", by_meta()),
        ("/faces/gallery/{gallery}/meta/{meta}", by_meta()),
        ("/meta", plain(MethodFilter::GET, "meta", metas::run)),
        ("/meta/gallery/{gallery}", plain(MethodFilter::GET, "meta", metas::run)),
        (
            "/galleries",
            plain(MethodFilter::GET, "galleries", galleries::list).merge(plain(
                MethodFilter::POST,
                "galleries",
                galleries::create,
            )),
        ),
        (
            "/galleries/{gallery}",
            plain(MethodFilter::POST, "galleries", galleries::create).merge(plain(
                MethodFilter::DELETE,
                "galleries",
                galleries::delete,
            )),
        ),
    ]
}

/// The parts of a path; an error where they are not UTF-8.
type RawPath = Result<RawPathParams, RawPathParamsRejection>;

/// An endpoint that looks at photos.
fn photo<F, Fut>(endpoint: &'static str, run: F) -> MethodRouter<FindFace>
where
    F: FnOnce(Call, Permit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Fault>> + Send,
{
    let handle = move |State(findface): State<FindFace>, path: RawPath, request: Request| async move {
        match path {
            Ok(path) => photo_call(endpoint, findface, PathParams::from(&path), request, run).await,
            Err(_) => Fault::UnknownPath.respond(endpoint, None),
        }
    };
    on(MethodFilter::POST, handle)
}

/// An endpoint that needs no photo.
fn plain<F, Fut>(method: MethodFilter, endpoint: &'static str, run: F) -> MethodRouter<FindFace>
where
    F: FnOnce(Call) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Fault>> + Send,
{
    let handle = move |State(findface): State<FindFace>, path: RawPath, request: Request| async move {
        match path {
            Ok(path) => call(endpoint, findface, PathParams::from(&path), request, run).await,
            Err(_) => Fault::UnknownPath.respond(endpoint, None),
        }
    };
    on(method, handle)
}

/// Whether a path is this dialect's alone. `/detect` and `/verify` without a version are Kairos' too, and another
/// dialect has paths below `/v0` of its own, such as `/v0/face/detect`.
pub(crate) fn is_own(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
    let has_version = parts.next_if(|part| quirks::VERSIONS.contains(part)).is_some();
    match (parts.next(), parts.next()) {
        (Some("detect" | "verify"), None) => has_version,
        (
            Some("identify" | "face" | "faces" | "meta" | "galleries" | "persons" | "docs" | "camera"),
            None,
        )
        | (Some("face" | "faces"), Some("id" | "meta" | "gallery" | "identify"))
        | (Some("meta"), Some("gallery"))
        | (Some("person"), Some("id" | "history"))
        | (Some("history"), Some("search"))
        | (Some("galleries" | "docs" | "camera"), Some(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_and_foreign_paths_are_not_ours() {
        for path in ["/detect", "/verify", "/enroll", "/", "/v0", "/v0/login", "/v0/face/detect", "/v2/media"]
        {
            assert!(!is_own(path), "{path}");
        }
    }

    #[test]
    fn every_route_but_the_shared_ones_is_ours() {
        for (path, _) in endpoints() {
            let path = path.replace("{gallery}", "g").replace("{id}", "7").replace("{meta}", "Sam");
            assert!(is_own(&format!("/v0{path}")) && is_own(&format!("/v1{path}")), "{path}");
            assert_eq!(is_own(&path), !matches!(path.as_str(), "/detect" | "/verify"), "{path}");
        }
        assert!(is_own("/docs") && is_own("/docs/v0"));
    }
}
