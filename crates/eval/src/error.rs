//! Why an evaluation could not be run.

use vultus_face::FaceError;
use vultus_search::CalibrationError;
use vultus_types::IncomparableTemplate;
use vultus_voice::VoiceError;

use crate::pairs::PairsError;

/// Why an evaluation could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A file or folder cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The file of pairs is malformed.
    #[error(transparent)]
    Pairs(#[from] PairsError),
    /// The engine failed.
    #[error(transparent)]
    Face(#[from] FaceError),
    /// The engine for voices failed.
    #[error(transparent)]
    Voice(#[from] VoiceError),
    /// Templates that the pack cannot compare.
    #[error(transparent)]
    Template(#[from] IncomparableTemplate),
    /// The pack has no such model.
    #[error("the pack has no model {0} that describes faces")]
    NoModel(String),
    /// The comparisons give no calibration table.
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
    /// The file of labelled boxes is malformed.
    #[error("line {line} of the labelled boxes is not of the form `name,width,height,xmin,ymin,xmax,ymax`")]
    Boxes {
        /// The line, from 1.
        line: usize,
    },
    /// A name of a file or folder that should be a label is none.
    #[error("{name:?} is not named after its label")]
    Label {
        /// The name, without folders before it.
        name: String,
    },
    /// The installed pack detects no presentation attacks.
    #[error("the installed pack detects no presentation attacks")]
    NoLiveness,
    /// A plot cannot be drawn.
    #[error("plot cannot be drawn: {0}")]
    Plot(String),
    /// The installed pack makes no templates.
    #[error("the installed pack makes no templates")]
    NoTemplates,
    /// The file of labels is malformed.
    #[error("line {line} of the labels is malformed")]
    Labels {
        /// The line, from 1.
        line: usize,
    },
    /// The installed pack has no model whose features a head could read.
    #[error("the installed pack has no feature model")]
    NoFeatures,
    /// The head cannot be trained on these examples.
    #[error(transparent)]
    Train(#[from] vultus_face::heads::TrainError),
}
