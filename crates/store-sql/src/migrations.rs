//! Migrations, as files that are part of the binary. Once released, a file is never changed: databases remember its
//! checksum.

use std::borrow::Cow;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The migrations of a database, from the files of a folder, by their names without `.sql`. They begin with their
/// number: `0001_accounts_and_faces`.
macro_rules! migrations {
    ($folder:literal: $($name:literal),* $(,)?) => {
        $crate::migrations::migrator(&[
            $(($name, include_str!(concat!("../migrations/", $folder, "/", $name, ".sql")))),*
        ])
    };
}
pub(crate) use migrations;

/// Migrations from their names and texts. A name without a number counts as 0.
pub(crate) fn migrator(files: &[(&'static str, &'static str)]) -> Migrator {
    let read = |&(name, text): &(&'static str, &'static str)| {
        let (number, description) = name.split_once('_').unwrap_or((name, ""));
        let description = Cow::Owned(description.replace('_', " "));
        let number = number.parse().unwrap_or(0);
        Migration::new(number, description, MigrationType::Simple, SqlStr::from_static(text), false)
    };
    Migrator::with_migrations(files.iter().map(read).collect())
}

/// The number of the last migration, 0 where there is none.
pub(crate) fn last(migrator: &Migrator) -> i64 {
    migrator.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Fails where a file of the folder is not among the migrations.
#[cfg(test)]
pub(crate) fn check_folder(folder: &str, migrator: &Migrator) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let names =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let known: Vec<String> = migrator
        .iter()
        .map(|migration| format!("{:04}_{}.sql", migration.version, migration.description.replace(' ', "_")))
        .collect();
    assert_eq!(names, known);
}
