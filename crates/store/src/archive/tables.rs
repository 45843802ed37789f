//! Every table with its columns.

use std::borrow::Cow;

use super::{Column, ColumnKind, Table};

/// Rows of most tables are small: a face with its template takes some two kilobytes.
const MANY: usize = 500;
/// What was found in a medium may take a megabyte.
const FEW: usize = 8;

/// Everything that a store holds, parents before their children.
pub static TABLES: [Table; 24] = [
    table(
        "accounts",
        1,
        &[
            bytes("id"),
            text("name"),
            integer("created_at"),
            integer("disabled_at"),
            integer("liveness_per_month"),
            integer("requests_per_minute"),
        ],
    ),
    table(
        "credentials",
        2,
        &[text("kind"), text("public_id"), bytes("account_id"), bytes("secret_hash"), integer("expires_at")],
    ),
    table("galleries", 1, &[integer("id"), bytes("account_id"), text("name"), boolean("is_lasting")]),
    table(
        "cameras",
        1,
        &[
            bytes("id"),
            bytes("account_id"),
            text("meta"),
            text("url"),
            boolean("is_enabled"),
            text("detector"),
            text("tracking_region"),
            text("event_region"),
            integer("created_at"),
        ],
    ),
    table(
        "watches",
        1,
        &[
            bytes("camera_id"),
            bytes("watcher"),
            integer("held_until"),
            text("activity"),
            integer("since"),
            integer("retry_at"),
            text("error"),
            integer("frames"),
            integer("dropped"),
            integer("events"),
            integer("lost"),
        ],
    ),
    table("persons", 2, &[bytes("account_id"), integer("id"), text("meta"), integer("created_at")]),
    table("person_numbers", 1, &[bytes("account_id"), integer("last")]),
    table("embedder", 1, &[integer("id"), bytes("models"), text("pack")]),
    table("reembedding", 1, &[integer("id"), bytes("models"), text("pack")]),
    table(
        "faces",
        1,
        &[
            integer("id"),
            bytes("account_id"),
            text("subject"),
            integer("enrolled_at"),
            real("x"),
            real("y"),
            real("width"),
            real("height"),
            real("quality"),
            bytes("photo_digest"),
            text("photo_key"),
            bytes("photo_md5"),
            text("photo_url"),
            text("thumbnail_key"),
            integer("person_id"),
            bytes("template"),
        ],
    ),
    table("face_galleries", 3, &[integer("gallery_id"), text("subject"), integer("face_id")]),
    table("staged_templates", 1, &[integer("face_id"), bytes("template"), text("miss")]),
    table(
        "events",
        1,
        &[
            integer("face_id"),
            bytes("account_id"),
            bytes("camera_id"),
            integer("person_id"),
            integer("occurred_at"),
            boolean("is_friend"),
            boolean("is_exemplar"),
        ],
    ),
    table("changes", 1, &[integer("sequence"), integer("face_id")]),
    table("pending_blobs", 1, &[text("key"), integer("noted_at")]),
    table(
        "consents",
        1,
        &[
            integer("id"),
            bytes("account_id"),
            integer("recorded_at"),
            text("operation"),
            text("subject"),
            boolean("is_declared"),
        ],
    ),
    table("liveness_counts", 2, &[bytes("account_id"), integer("month"), integer("count")]),
    large(
        "media",
        1,
        &[
            bytes("id"),
            bytes("account_id"),
            text("source_key"),
            boolean("wants_points"),
            text("summary"),
            text("failure"),
            integer("created_at"),
            integer("started_at"),
            integer("attempts"),
            bytes("worker"),
            integer("held_until"),
        ],
    ),
    large("media_frames", 2, &[bytes("media_id"), integer("chunk"), text("frames")]),
    table(
        "operators",
        1,
        &[
            text("name"),
            text("role"),
            text("password"),
            boolean("must_change_password"),
            integer("created_at"),
            integer("disabled_at"),
            integer("last_sign_in_at"),
        ],
    ),
    table(
        "console_sessions",
        1,
        &[
            bytes("token_hash"),
            text("operator"),
            integer("created_at"),
            integer("expires_at"),
            integer("used_at"),
        ],
    ),
    table(
        "audit",
        1,
        &[
            integer("id"),
            integer("at"),
            text("actor"),
            text("role"),
            text("action"),
            text("account"),
            text("target"),
            text("outcome"),
            text("address"),
        ],
    ),
    table(
        "traffic",
        5,
        &[
            integer("step_s"),
            integer("at"),
            text("dialect"),
            text("outcome"),
            integer("bucket"),
            integer("count"),
        ],
    ),
    table(
        "account_requests",
        4,
        &[bytes("account_id"), integer("day"), text("dialect"), text("outcome"), integer("count")],
    ),
];

const fn table(name: &'static str, keys: usize, columns: &'static [Column]) -> Table {
    Table { name, columns: Cow::Borrowed(columns), keys, rows_per_page: MANY }
}

const fn large(name: &'static str, keys: usize, columns: &'static [Column]) -> Table {
    Table { name, columns: Cow::Borrowed(columns), keys, rows_per_page: FEW }
}

const fn integer(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Integer }
}

const fn real(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Real }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text }
}

const fn bytes(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Bytes }
}

const fn boolean(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Boolean }
}
