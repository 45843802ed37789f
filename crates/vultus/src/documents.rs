//! The descriptions of the dialects that this server speaks, as they are mounted.

use utoipa::openapi::OpenApi;
use vultus_console::Document;

use crate::config::ServerConfig;

/// A document for each interface that is switched on.
///
/// # Errors
/// Where a document cannot be written.
pub(crate) fn of(server: &ServerConfig) -> anyhow::Result<Vec<Document>> {
    let ServerConfig { kairos, findface, perse, idv, machinesense, .. } = server;
    let all: [(_, _, fn() -> OpenApi, _); 6] = [
        ("kairos", "Kairos v1", vultus_api_kairos::document, kairos),
        ("kairos-media", "Kairos v2", vultus_api_kairos::media_document, kairos),
        ("findface", "FindFace", vultus_api_findface::document, findface),
        ("perse", "Perse", vultus_api_perse::document, &perse.mount),
        ("idv", "Kairos IDV", vultus_api_idv::document, idv),
        ("machinesense", "MachineSense", vultus_api_machinesense::document, machinesense),
    ];
    let spoken = all.into_iter().filter(|(.., mount)| mount.is_enabled);
    spoken
        .map(|(name, title, document, mount)| {
            Ok(Document { name, title, json: vultus_openapi::write(document(), &mount.prefix)? })
        })
        .collect()
}
