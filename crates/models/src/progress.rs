//! What an install or a check is doing, for whoever shows it.

/// A step of an install or check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Another install in the same root is under way.
    Waiting,
    /// What is already there is checked.
    Inspecting {
        /// The pack.
        pack: String,
    },
    /// A package is obtained. Progress counts its bytes.
    Downloading {
        /// The package, as in [`crate::Source::describe`].
        package: String,
    },
    /// The runtime's libraries are unpacked. Progress counts files.
    Unpacking {
        /// The package.
        package: String,
    },
    /// A model becomes ONNX.
    Importing {
        /// The model.
        model: String,
    },
    /// A model is run on its golden vector.
    Checking {
        /// The model.
        model: String,
    },
    /// Everything is written to disk and moved into place.
    Finishing {
        /// The pack.
        pack: String,
    },
}

/// Watches an install or check. Steps follow one another and never nest.
pub trait Progress: Sync {
    /// A step begins. `total` is the amount that [`Self::advance`] counts up to, where it is known.
    fn begin(&self, step: &Step, total: Option<u64>);

    /// The amount done so far in the current step. May stay below the total at the step's end.
    fn advance(&self, done: u64);

    /// The current step is complete.
    fn end(&self);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &Step, _: Option<u64>) {}

    fn advance(&self, _: u64) {}

    fn end(&self) {}
}
