//! The paths, with the forms that clients in the field use beside the documented ones.

use axum::Router;
use axum::routing::{MethodFilter, MethodRouter, on};
use vultus_http::{endpoint, queued_endpoint};
use vultus_service::Permit;

use crate::error::Fault;
use crate::handlers::{
    cameras, detect, docs, face_add, face_id, face_meta, faces, galleries, history, identify, metas, persons,
    verify,
};
use crate::{Call, FindFace, Reply, quirks};

/// Every route, under each version and without one.
pub(crate) fn routes() -> Router<FindFace> {
    let mut router = Router::new();
    for version in quirks::VERSIONS.iter().map(|version| format!("/{version}")).chain([String::new()]) {
        for (path, methods) in endpoints() {
            router = router.route(&format!("{version}{path}"), methods);
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
    let list = || endpoint(MethodFilter::GET, "faces", faces::run);
    let by_id = || {
        endpoint(MethodFilter::GET, "face/id", face_id::show)
            .merge(endpoint(MethodFilter::PUT, "face/id", face_id::change))
            .merge(endpoint(MethodFilter::DELETE, "face/id", face_id::delete))
    };
    let by_meta = || {
        endpoint(MethodFilter::GET, "face/meta", face_meta::list).merge(endpoint(
            MethodFilter::DELETE,
            "face/meta",
            face_meta::delete,
        ))
    };
    let search = endpoint(MethodFilter::POST, "history", history::search).merge(endpoint(
        MethodFilter::GET,
        "history",
        history::search,
    ));
    let all_cameras = endpoint(MethodFilter::GET, "camera", cameras::list).merge(endpoint(
        MethodFilter::POST,
        "camera",
        cameras::create,
    ));
    let one_camera = endpoint(MethodFilter::GET, "camera", cameras::show)
        .merge(endpoint(MethodFilter::PUT, "camera", cameras::change))
        .merge(endpoint(MethodFilter::DELETE, "camera", cameras::delete));
    vec![
        ("/persons", endpoint(MethodFilter::GET, "persons", persons::list)),
        ("/person/id/{id}", endpoint(MethodFilter::GET, "person/id", persons::show)),
        ("/person/history/id/{id}", endpoint(MethodFilter::GET, "person/history", history::of_person)),
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
        ("/meta", endpoint(MethodFilter::GET, "meta", metas::run)),
        ("/meta/gallery/{gallery}", endpoint(MethodFilter::GET, "meta", metas::run)),
        (
            "/galleries",
            endpoint(MethodFilter::GET, "galleries", galleries::list).merge(endpoint(
                MethodFilter::POST,
                "galleries",
                galleries::create,
            )),
        ),
        (
            "/galleries/{gallery}",
            endpoint(MethodFilter::POST, "galleries", galleries::create).merge(endpoint(
                MethodFilter::DELETE,
                "galleries",
                galleries::delete,
            )),
        ),
    ]
}

/// An endpoint that looks at photos.
fn photo<F, Fut>(name: &'static str, run: F) -> MethodRouter<FindFace>
where
    F: FnOnce(Call, Permit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Fault>> + Send,
{
    queued_endpoint(MethodFilter::POST, name, run)
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
