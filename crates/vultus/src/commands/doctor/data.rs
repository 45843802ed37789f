//! The data directory: its folder, its key, its database, its accounts.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use vultus_store_sql::{Examination, PostgresStore, SqliteStore};

use super::report::{Finding, Report};
use crate::accounts_key;
use crate::config::{Config, DatabasePlace};
use crate::database::Database;
use crate::wiring;

/// Free space below which photos and the database soon find no place, in MiB.
const LITTLE_SPACE_MIB: u64 = 1024;

const KEY_CHECK: &str = "server key";

/// What the further checks need of the data.
pub(super) struct Data {
    /// The database, where it can be used as it is.
    pub(super) database: Option<Database>,
    /// How many faces it holds.
    pub(super) faces: u64,
}

/// Whether the folder is there, private, writable, and has room, and whether the key can be read.
pub(super) fn folder(config: &Config, report: &mut Report) {
    const CHECK: &str = "data directory";
    key_file(&config.database.secret_key_file, report);
    let dir = &config.data_dir;
    let shown = dir.display();
    let Ok(meta) = fs_err::metadata(dir) else {
        let text = format!("{shown} is not there yet; the first start makes it");
        report.add(Finding::warning(CHECK, text).mend("vultus serve --first-account NAME"));
        report.add(space(existing_parent(dir)));
        return;
    };
    let mode = meta.permissions().mode() & 0o777;
    report.add(if !meta.is_dir() {
        Finding::missing(CHECK, format!("{shown} is no directory")).mend("name another one with --data-dir")
    } else if let Err(error) = tempfile::tempfile_in(dir) {
        Finding::missing(CHECK, format!("{shown} cannot be written: {error}"))
            .mend(format!("run as its owner, or chown -R $(id -un) {shown}"))
    } else if mode & 0o077 != 0 {
        Finding::warning(CHECK, format!("{shown} can be entered by other users (mode {mode:o})"))
            .mend(format!("chmod 700 {shown}"))
    } else {
        Finding::ok(CHECK, format!("{shown} is private and can be written"))
    });
    report.add(space(dir));
}

fn key_file(file: &Path, report: &mut Report) {
    if let Some(Err(error)) = accounts_key::existing(file) {
        report.add(
            Finding::missing(KEY_CHECK, format!("cannot be used: {error:#}"))
                .mend(format!("chmod 600 {}, or bring it back from a backup", file.display())),
        );
    }
}

fn existing_parent(dir: &Path) -> &Path {
    let here = Path::new(".");
    dir.ancestors().find(|parent| parent.is_dir()).unwrap_or(here)
}

fn space(dir: &Path) -> Finding {
    const CHECK: &str = "free space";
    match rustix::fs::statvfs(dir) {
        Ok(disk) => {
            let mib = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
            let text = format!("{mib} MiB");
            if mib >= LITTLE_SPACE_MIB {
                return Finding::ok(CHECK, text);
            }
            Finding::warning(CHECK, format!("only {text}: enrolments are refused once the disk is full"))
                .mend("make room, or move the data directory to a larger disk")
        }
        Err(error) => Finding::warning(CHECK, format!("cannot be told: {error}")),
    }
}

/// Whether the database is whole and of this version, and whether there are accounts.
pub(super) async fn database(config: &Config, report: &mut Report) -> Data {
    const CHECK: &str = "database";
    let none = Data { database: None, faces: 0 };
    let found = match &config.database.place {
        DatabasePlace::File(path) if !path.exists() => {
            let text = "is not there yet; the first start makes it".to_owned();
            report.add(Finding::warning(CHECK, text).mend("vultus serve --first-account NAME"));
            return none;
        }
        DatabasePlace::File(path) => {
            SqliteStore::examine(path).await.map_err(|error| (anyhow::Error::from(error), RESTORE))
        }
        DatabasePlace::Server { url, .. } => {
            PostgresStore::examine(url).await.map_err(|error| (anyhow::Error::from(error), REACH))
        }
    };
    let found = match found {
        Ok(found) => found,
        Err((error, mend)) => {
            report.add(Finding::missing(CHECK, format!("cannot be read: {error:#}")).mend(mend));
            return none;
        }
    };
    if let Some(finding) = unfit(&found) {
        report.add(finding);
        return none;
    }
    match counted(config).await {
        Ok((database, faces, accounts)) => {
            let level = found.level;
            report.add(Finding::ok(CHECK, format!("is whole, schema {level}, holds {faces} faces")));
            report.add(accounts_exist(accounts));
            match key(config, &database).await {
                Ok(finding) => finding.into_iter().for_each(|finding| report.add(finding)),
                Err(error) => {
                    report.add(Finding::missing(CHECK, format!("cannot be read: {error:#}")).mend(RESTORE));
                }
            }
            Data { database: Some(database), faces }
        }
        Err(error) => {
            report.add(Finding::missing(CHECK, format!("cannot be used: {error:#}")).mend(RESTORE));
            none
        }
    }
}

/// Whether the credentials were made with the key that is there. One that cannot be read was told before.
async fn key(config: &Config, database: &Database) -> anyhow::Result<Option<Finding>> {
    const MEND: &str = "put the key of the other servers, or that of the backup, into its place; where there is none \
                        any more: vultus accounts adopt-key";
    let (store, file) = (database.store(), &config.database.secret_key_file);
    let shown = file.display();
    let text = match accounts_key::existing(file) {
        Some(Ok(key)) => match wiring::accounts_under(key, store).has_noted_key().await? {
            Some(false) => format!("{shown} is not the key of this database: the server does not start"),
            Some(true) => {
                return Ok(Some(Finding::ok(KEY_CHECK, "is there, and that of the database".to_owned())));
            }
            None => {
                let text = "is there; the database takes it as its own at the first start";
                return Ok(Some(Finding::ok(KEY_CHECK, text.to_owned())));
            }
        },
        None if store.server_key().await?.is_some() => {
            format!("{shown} is not there, and the database has one: the server does not start")
        }
        Some(Err(_)) | None => return Ok(None),
    };
    Ok(Some(Finding::missing(KEY_CHECK, text).mend(MEND)))
}

const REACH: &str =
    "start the server, open its port to this machine, or name another one with --database-url";
const RESTORE: &str = "stop the server and bring back the last backup (docs/operating.md)";

/// Why the database cannot be worked on as it is.
fn unfit(found: &Examination) -> Option<Finding> {
    const CHECK: &str = "database";
    let Examination { faults, level, known_level } = found;
    if let Some(first) = faults.first() {
        let text = format!("is damaged ({} faults; the first: {first})", faults.len());
        return Some(Finding::missing(CHECK, text).mend(RESTORE));
    }
    if level > known_level {
        let text = format!("was made by a later version (schema {level}; this one knows {known_level})");
        return Some(Finding::missing(CHECK, text).mend("use that version, or restore a backup of this one"));
    }
    if level < known_level {
        let text =
            format!("has schema {level}; the next start brings it to {known_level}, without a way back");
        return Some(Finding::warning(CHECK, text).mend("make a backup, then `vultus serve`"));
    }
    None
}

async fn counted(config: &Config) -> anyhow::Result<(Database, u64, (usize, usize))> {
    let database = wiring::open_database(config).await?;
    let store = database.store();
    let faces = store.face_count().await?;
    let accounts = store.accounts().await?;
    let enabled = accounts.iter().filter(|account| account.disabled_at.is_none()).count();
    Ok((database, faces, (accounts.len(), enabled)))
}

fn accounts_exist((all, enabled): (usize, usize)) -> Finding {
    const CHECK: &str = "accounts";
    match (all, enabled) {
        (0, _) => Finding::missing(CHECK, "there is none: every request is refused".to_owned())
            .mend("vultus accounts create NAME"),
        (_, 0) => Finding::missing(CHECK, format!("all {all} are disabled: every request is refused"))
            .mend("vultus accounts enable NAME"),
        _ => Finding::ok(CHECK, format!("{all}, of which {enabled} may be used")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_schema_is_missing_and_an_earlier_one_a_warning() {
        let state = |level| {
            let found = unfit(&Examination { faults: Vec::new(), level, known_level: 8 })?;
            Some(serde_json::to_value(found).unwrap()["state"].as_str().unwrap().to_owned())
        };
        assert_eq!((state(7), state(8), state(9)), (Some("warning".into()), None, Some("missing".into())));
    }

    #[test]
    fn accounts_that_are_all_disabled_are_as_good_as_none() {
        let state = |counts| serde_json::to_value(accounts_exist(counts)).unwrap()["state"].clone();
        assert_eq!(state((0, 0)), "missing");
        assert_eq!(state((2, 0)), "missing");
        assert_eq!(state((2, 1)), "ok");
    }
}
