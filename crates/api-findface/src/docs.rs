//! The documentation that the dialect serves: one table, told as JSON and as a page.

use std::fmt::Write;

use serde::Serialize;

use crate::quirks;
use utoipa::ToSchema;

/// A method of the interface.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are those of the answer's keys")]
pub(crate) struct Method {
    pub(crate) method: &'static str,
    /// Below the version.
    pub(crate) path: &'static str,
    pub(crate) about: &'static str,
    pub(crate) parameters: &'static [Parameter],
}

/// A parameter of a method, in the query, a form, a multipart body or JSON.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
}

const fn parameter(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about }
}

const PHOTO: Parameter =
    parameter("photo", "required: a file, base64 text, a data URI, or an address to fetch the photo from");
const GENDER: Parameter = parameter("gender", "true: the answer tells it, or null where it is unsure");
const AGE: Parameter = parameter("age", "true: the answer tells it, in years");
const EMOTIONS: Parameter = parameter("emotions", "true: the answer tells the two most probable ones");
const BBOX: Parameter = parameter("bbox", "a box or a list of boxes: only faces in them are meant");
const EDGES: Parameter = parameter("x1, y1, x2, y2", "the edges of one box, instead of bbox");
const THRESHOLD: Parameter =
    parameter("threshold", "strict, medium, low, none, or a number from 0 to 1; 0.75 by default");
const SELECTOR: Parameter =
    parameter("mf_selector", "which of several faces: reject, biggest (by default) or all");
const LIMIT: Parameter = parameter("limit", "faces on a page, 1000 by default and at most");
const MAX_ID: Parameter = parameter("max_id", "the page begins at the newest face with at most this id");
const MIN_ID: Parameter =
    parameter("min_id", "the page reaches up from the oldest face with at least this id");

const CAM_ID: Parameter = parameter("cam_id", "the UUID of the camera that took the photo");
const CAM_IDS: Parameter = parameter("cam_ids", "a list of cameras: only events of these");
const START: Parameter = parameter("start", "a time of ISO 8601: no event before it");
const END: Parameter = parameter("end", "a time of ISO 8601: no event after it");
const META: Parameter = parameter("meta", "any text");
const URL: Parameter =
    parameter("url", "the address of the stream: http, https, rtsp, rtmp, rtp, udp, srt or file");
const DETECTOR: Parameter = parameter("detector", "any text");
const ENABLED: Parameter = parameter("enabled", "false: the camera is not watched");
const ROT: Parameter = parameter("rot", "[W, H, X, Y]: faces are followed in this part of the picture only");
const ROI: Parameter = parameter("roi", "[W, H, X, Y]: faces in this part of the picture only are events");

/// Every method.
pub(crate) const METHODS: &[Method] = &[
    Method {
        method: "POST",
        path: "/detect",
        about: "The faces of a photo.",
        parameters: &[PHOTO, GENDER, AGE, EMOTIONS, BBOX, EDGES],
    },
    Method {
        method: "POST",
        path: "/verify",
        about: "Whether faces of two photos belong to the same person.",
        parameters: &[
            parameter("photo1", "required, as photo of /detect"),
            parameter("photo2", "required, as photo of /detect"),
            parameter("bbox1", "boxes of faces on the first photo, instead of mf_selector"),
            parameter("bbox2", "boxes of faces on the second photo, instead of mf_selector"),
            THRESHOLD,
            SELECTOR,
        ],
    },
    Method {
        method: "POST",
        path: "/identify",
        about: "The enrolled faces most alike to those of a photo, best first.",
        parameters: &[
            PHOTO,
            BBOX,
            EDGES,
            THRESHOLD,
            parameter("n", "how many faces at most, 1 by default"),
            SELECTOR,
            parameter("strict", "true: refused while some of the search servers do not answer"),
        ],
    },
    Method {
        method: "POST",
        path: "/faces/gallery/{gallery}/identify",
        about: "The same in one gallery.",
        parameters: &[PHOTO],
    },
    Method {
        method: "POST",
        path: "/face",
        about: "Enrols faces of a photo.",
        parameters: &[
            PHOTO,
            parameter("meta", "any text, such as the person's name"),
            parameter("galleries", "a list of galleries beside default"),
            CAM_ID,
            parameter("timestamp", "when the camera took it, now by default"),
            BBOX,
            EDGES,
            SELECTOR,
            GENDER,
            AGE,
            EMOTIONS,
        ],
    },
    Method {
        method: "POST",
        path: "/face/gallery/{gallery}",
        about: "Enrols faces into a gallery, as /face does.",
        parameters: &[PHOTO],
    },
    Method { method: "GET", path: "/face/id/{id}", about: "One face.", parameters: &[] },
    Method {
        method: "PUT",
        path: "/face/id/{id}",
        about: "Changes a face.",
        parameters: &[
            parameter("meta", "the new meta"),
            parameter("person_id", "the person whose face it is"),
            parameter("galleries", "one of {\"add\": […]}, {\"del\": […]}, {\"set\": […]}"),
        ],
    },
    Method { method: "DELETE", path: "/face/id/{id}", about: "Deletes a face.", parameters: &[] },
    Method {
        method: "GET",
        path: "/face/meta/{meta}",
        about: "The faces with a meta, newest first.",
        parameters: &[LIMIT, MAX_ID, MIN_ID],
    },
    Method { method: "DELETE", path: "/face/meta/{meta}", about: "Deletes them.", parameters: &[] },
    Method {
        method: "GET",
        path: "/face/gallery/{gallery}/meta/{meta}",
        about: "Those in a gallery.",
        parameters: &[LIMIT, MAX_ID, MIN_ID],
    },
    Method {
        method: "GET",
        path: "/faces",
        about: "All faces, newest first.",
        parameters: &[LIMIT, MAX_ID, MIN_ID],
    },
    Method {
        method: "GET",
        path: "/faces/gallery/{gallery}",
        about: "The faces of a gallery, newest first.",
        parameters: &[LIMIT, MAX_ID, MIN_ID],
    },
    Method {
        method: "GET",
        path: "/meta",
        about: "Every meta with the number of its faces and the first of them.",
        parameters: &[],
    },
    Method { method: "GET", path: "/meta/gallery/{gallery}", about: "Those in a gallery.", parameters: &[] },
    Method { method: "GET", path: "/galleries", about: "The names of the galleries.", parameters: &[] },
    Method {
        method: "POST",
        path: "/galleries/{gallery}",
        about: "Creates a gallery. The name has 1 to 48 letters, digits, _ or -.",
        parameters: &[],
    },
    Method {
        method: "DELETE",
        path: "/galleries/{gallery}",
        about: "Deletes a gallery with the faces that are in no other but default.",
        parameters: &[],
    },
    Method { method: "GET", path: "/persons", about: "The persons whom cameras saw.", parameters: &[] },
    Method { method: "GET", path: "/person/id/{id}", about: "One person.", parameters: &[] },
    Method {
        method: "GET",
        path: "/person/history/id/{id}",
        about: "Where and when a person was seen, newest first.",
        parameters: &[CAM_IDS, START, END],
    },
    Method {
        method: "POST",
        path: "/history/search",
        about: "What the cameras saw, newest first.",
        parameters: &[
            parameter("person_id", "only events of this person"),
            CAM_IDS,
            START,
            END,
            parameter("friend", "true: only of regular guests; false: only of others"),
            parameter("limit", "events on a page, 0 (by default) for all"),
            MAX_ID,
        ],
    },
    Method {
        method: "POST",
        path: "/camera",
        about: "Creates a camera.",
        parameters: &[META, URL, DETECTOR, ENABLED, ROT, ROI],
    },
    Method {
        method: "GET",
        path: "/camera",
        about: "The cameras, with what comes of those that are watched.",
        parameters: &[],
    },
    Method {
        method: "GET",
        path: "/camera/{id}",
        about: "One camera, with what comes of it while it is watched.",
        parameters: &[],
    },
    Method {
        method: "PUT",
        path: "/camera/{id}",
        about: "Changes a camera. Regions that are not sent are deleted.",
        parameters: &[META, URL, DETECTOR, ENABLED, ROT, ROI],
    },
    Method {
        method: "DELETE",
        path: "/camera/{id}",
        about: "Deletes a camera. What it saw stays.",
        parameters: &[],
    },
];

/// The page that lists the versions; `mount` is the path that the dialect is mounted under.
pub(crate) fn version_list(mount: &str) -> String {
    let item = |version: &str| format!("<li><a href=\"{mount}/docs/{version}\">{version}</a></li>\n");
    let items: String = quirks::VERSIONS.into_iter().map(item).collect();
    framed("Versions", &format!("<ul>\n{items}</ul>"))
}

/// The page of a version.
pub(crate) fn page(version: &str) -> String {
    let mut body = String::from(
        "<p>Every call needs the header <code>Authorization: Token …</code>. Parameters come in the query, a form, \
         a multipart body or JSON. Errors are <code>{\"code\", \"reason\"}</code>.</p>\n",
    );
    for Method { method, path, about, parameters } in METHODS {
        // Writing to a string cannot fail.
        let _ = write!(body, "<h2><code>{method} /{version}{path}</code></h2>\n<p>{about}</p>\n");
        let row =
            |Parameter { name, about }: &Parameter| format!("<dt><code>{name}</code></dt><dd>{about}</dd>\n");
        if !parameters.is_empty() {
            let rows: String = parameters.iter().map(row).collect();
            let _ = write!(body, "<dl>\n{rows}</dl>\n");
        }
    }
    framed(&format!("Version {version}"), &body)
}

fn framed(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )
}
