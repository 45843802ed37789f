//! The command that repeats an evaluation, for its report.

use std::fmt::Display;
use std::path::Path;

use crate::args::fitting::SamePersonArgs;
use crate::commands::last_parts;
use crate::config::Config;

/// A command that is put together without anything that tells of this machine: files and folders are named by their
/// last two parts.
pub(super) struct CommandLine(Vec<String>);

impl CommandLine {
    /// `vultus eval SUBCOMMAND` with the pack.
    pub(super) fn new(subcommand: &str, config: &Config) -> Self {
        let pack = last_parts(Path::new(&config.pack));
        Self(vec![format!("vultus eval {subcommand} --pack {}", quoted(&pack))])
    }

    /// Adds paths without a flag.
    pub(super) fn words<'a>(mut self, paths: impl IntoIterator<Item = &'a Path>) -> Self {
        self.0.extend(paths.into_iter().map(|path| quoted(&last_parts(path))));
        self
    }

    /// Adds a flag with a value.
    pub(super) fn value(mut self, flag: &str, value: impl Display) -> Self {
        self.0.push(format!("--{flag} {}", quoted(&value.to_string())));
        self
    }

    /// Adds a flag where it has a value.
    pub(super) fn optional(self, flag: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.value(flag, value),
            None => self,
        }
    }

    /// Adds a flag with paths, unless there are none.
    pub(super) fn paths<'a>(mut self, flag: &str, paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let paths: Vec<String> = paths.into_iter().map(|path| quoted(&last_parts(path))).collect();
        if !paths.is_empty() {
            self.0.push(format!("--{flag} {}", paths.join(" ")));
        }
        self
    }

    /// Adds the rule that tells photos of one person.
    pub(super) fn same_person(mut self, args: &SamePersonArgs) -> Self {
        for (model, cosine) in &args.same_person {
            self = self.value("same-person", format!("{model}={cosine}"));
        }
        self.paths("same-person-pack", args.same_person_pack.as_deref().map(Path::new))
    }

    /// The command.
    pub(super) fn finish(self) -> String {
        self.0.join(" ")
    }
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./=:+,".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_nothing_of_the_machine() {
        let line = CommandLine(vec!["vultus eval verify".to_owned()])
            .paths("images", [Path::new("/home/someone/data/lfw/images"), Path::new("faces")])
            .paths("strangers", [])
            .value("data", "LFW, view 1")
            .optional("limit", None::<usize>);
        assert_eq!(line.finish(), "vultus eval verify --images lfw/images faces --data 'LFW, view 1'");
    }

    #[test]
    fn words_with_quotes_are_quoted() {
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
