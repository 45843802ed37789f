//! What can be told of the one face that a photo is about.

use bytes::Bytes;
use vultus_types::{AnalyzedFace, StageTimings, Wanted};

use crate::{Capability, ErrorKind, FaceChoice, Permit, PhotoSettings, Service, ServiceError};

/// A photo whose largest face is to be described.
#[derive(Clone, Debug)]
pub struct PortrayCommand {
    /// The image file.
    pub photo: Bytes,
    /// What is to be told; where no model for it is installed, that is an error.
    pub wanted: Wanted,
}

/// The largest face.
#[derive(Clone, Debug)]
pub struct PortrayOutcome {
    /// The face, as far as it can be told.
    pub face: AnalyzedFace,
    /// Time spent per stage.
    pub timings: StageTimings,
}

impl Service {
    /// Describes the largest face of a photo.
    ///
    /// # Errors
    /// [`ErrorKind::NoFace`], [`ErrorKind::ModelUnavailable`] where the pack or the operator's policy lacks something
    /// wanted, and other kinds of [`ServiceError`].
    pub async fn portray(
        &self,
        permit: Permit,
        command: PortrayCommand,
    ) -> Result<PortrayOutcome, ServiceError> {
        let can = self.analyzer.capabilities();
        if command.wanted.demographics && !(can.demographics && self.policy.demographics) {
            return Err(ErrorKind::ModelUnavailable(Capability::Demographics).into());
        }
        if command.wanted.expression && !can.expression {
            return Err(ErrorKind::ModelUnavailable(Capability::Expression).into());
        }
        let options = FaceChoice::LARGEST.limit(self.options(PhotoSettings::new(command.wanted))?);
        let analysis = self.analyze(permit, command.photo, options).await?;
        let face = FaceChoice::LARGEST.choose(analysis.faces)?.into_iter().next();
        let face = face.ok_or(ErrorKind::NoFace)?;
        Ok(PortrayOutcome { face, timings: analysis.timings })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vultus_face::Capabilities;
    use vultus_face::fakes::FakeAnalyzer;

    use super::*;
    use crate::Policy;
    use crate::fakes::{ALICE, BOB, Bench, BenchOptions, photo_of};

    const AGE: Wanted = Wanted { demographics: true, ..Wanted::BOXES };
    const EXPRESSION: Wanted = Wanted { expression: true, ..Wanted::BOXES };

    async fn portray(bench: &Bench, people: &[[u8; 3]], wanted: Wanted) -> Result<PortrayOutcome, ErrorKind> {
        let command = PortrayCommand { photo: photo_of(people).unwrap().into(), wanted };
        let permit = bench.service.admit().unwrap();
        bench.service.portray(permit, command).await.map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn largest_face_is_described() {
        let bench = Bench::new().await.unwrap();
        // The fake engine's age is a third of red: Alice's is 67, Bob's 13.
        let face = portray(&bench, &[ALICE, BOB], AGE).await.unwrap().face;
        assert_eq!(face.demographics.unwrap().age.map(f32::round), Some(67.0));
        assert!(face.expression.is_none(), "nothing else is looked for");
        assert_eq!(portray(&bench, &[], AGE).await.unwrap_err(), ErrorKind::NoFace);
    }

    #[tokio::test]
    async fn what_the_pack_or_the_operator_lacks_is_an_error() {
        let analyzer = Arc::new(FakeAnalyzer::with_capabilities(Capabilities::default()));
        let bench = Bench::with(BenchOptions { analyzer, ..BenchOptions::default() }).await.unwrap();
        for (wanted, capability) in [(AGE, Capability::Demographics), (EXPRESSION, Capability::Expression)] {
            let error = portray(&bench, &[ALICE], wanted).await.unwrap_err();
            assert_eq!(error, ErrorKind::ModelUnavailable(capability));
        }
        let policy = Policy { demographics: false, ..Policy::default() };
        let bench = Bench::with(BenchOptions { policy, ..BenchOptions::default() }).await.unwrap();
        let error = portray(&bench, &[ALICE], AGE).await.unwrap_err();
        assert_eq!(error, ErrorKind::ModelUnavailable(Capability::Demographics));
        assert!(portray(&bench, &[ALICE], EXPRESSION).await.is_ok());
    }
}
