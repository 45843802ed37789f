//! The rule by which photos of one person are told that labels call two.

use vultus_eval::same_person::SamePersonRule;
use vultus_face::FaceEngine;

use crate::args::fitting::SamePersonArgs;
use crate::config::Config;
use crate::engine;

impl SamePersonArgs {
    /// The engine of the pack that has the models, where another is named than the measured one.
    pub(crate) fn open_pack(&self, config: &Config) -> anyhow::Result<Option<FaceEngine>> {
        self.same_person_pack.as_deref().map(|name| engine::open_named(config, name)).transpose()
    }

    /// The rule, where models are named, which `source` has.
    pub(crate) fn rule<'a>(&self, source: &'a FaceEngine) -> Option<SamePersonRule<'a>> {
        let above = self.same_person.clone();
        (!above.is_empty()).then_some(SamePersonRule { source, above })
    }
}
