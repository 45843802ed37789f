//! The engine under test, with what every evaluation needs beside it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use vultus_face::{AnalyzeOptions, FaceAnalyzer, FaceError};
use vultus_inference::Cancel;
use vultus_types::Wanted;

use crate::EvalError;
use crate::cache::{Cache, Kept};
use crate::observed::{Observed, ObservedFace};
use crate::parallel::{Progress, map_parallel};
use crate::statistics::Bootstrap;
use crate::templates::MIN_HEAD_SCALE;

/// The engine under test, with what every evaluation needs beside it.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// The engine.
    pub analyzer: &'a dyn FaceAnalyzer,
    /// Threads to use.
    pub threads: NonZeroUsize,
    /// Told how far the work is.
    pub progress: &'a Progress<'a>,
    /// Where analyses are kept, and a text that tells this engine from every other.
    pub cache: Option<(&'a Path, &'a str)>,
    /// Seed of all random choices.
    pub seed: u64,
}

/// Analyses photos with one set of options.
pub(crate) struct Observer<'a> {
    analyzer: &'a dyn FaceAnalyzer,
    options: AnalyzeOptions,
    cache: Option<Cache>,
}

impl<'a> Session<'a> {
    /// Resampling with this session's seed and threads.
    pub(crate) const fn bootstrap(&self) -> Bootstrap {
        Bootstrap::new(self.seed, self.threads)
    }

    /// Opens the cache for these options.
    pub(crate) fn observer(&self, options: AnalyzeOptions) -> Result<Observer<'a>, EvalError> {
        let open = |(root, engine): (&Path, &str)| Cache::open(root, &format!("{engine}\n{options:?}"));
        Ok(Observer { analyzer: self.analyzer, options, cache: self.cache.map(open).transpose()? })
    }

    /// The central face of each photo, in the order of `paths`; `None` where no face is found or the file is no photo
    /// that can be read.
    pub(crate) fn observe_faces(
        &self,
        paths: &[PathBuf],
        wanted: Wanted,
    ) -> Result<Vec<Option<ObservedFace>>, EvalError> {
        let observer = self.observer(portrait_options(wanted))?;
        map_parallel(paths, self.threads, self.progress, |path| {
            let observed = observer.observe(&fs_err::read(path)?)?;
            Ok(observed.as_ref().and_then(Observed::central_face).cloned())
        })
    }
}

/// Options for photos that show one face, which fills a good part of them.
pub(crate) const fn portrait_options(wanted: Wanted) -> AnalyzeOptions {
    AnalyzeOptions { min_head_scale: MIN_HEAD_SCALE, ..AnalyzeOptions::new(wanted) }
}

impl Observer<'_> {
    /// What is seen in a photo, given as the bytes of its file; `None` where they are no photo that can be read.
    pub(crate) fn observe(&self, photo: &[u8]) -> Result<Option<Observed>, EvalError> {
        if let Some(Kept(kept)) = self.cache.as_ref().and_then(|cache| cache.read(photo)) {
            return Ok(kept);
        }
        let observed = match self.analyzer.analyze(photo, &self.options, &Cancel::default()) {
            Ok(analysis) => Some(Observed::from(&analysis)),
            Err(FaceError::Image(_)) => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(cache) = &self.cache {
            cache.write(photo, observed.as_ref())?;
        }
        Ok(observed)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{NonZeroUsize, Session};
    use crate::parallel::Progress;
    use vultus_face::FaceAnalyzer;

    const SILENT: &Progress<'static> = &|_, _| {};

    /// A session without a cache.
    pub(crate) fn session(analyzer: &dyn FaceAnalyzer) -> Session<'_> {
        Session { analyzer, threads: NonZeroUsize::MIN, progress: SILENT, cache: None, seed: 1 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use vultus_face::Capabilities;
    use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};
    use vultus_types::{PhotoAnalysis, ScoreRule};

    use super::*;

    /// Counts how often it is asked.
    #[derive(Default)]
    struct Counting {
        inner: FakeAnalyzer,
        asked: AtomicUsize,
    }

    impl FaceAnalyzer for Counting {
        fn analyze(
            &self,
            photo: &[u8],
            options: &AnalyzeOptions,
            cancel: &Cancel,
        ) -> Result<PhotoAnalysis, FaceError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.inner.analyze(photo, options, cancel)
        }

        fn capabilities(&self) -> Capabilities {
            self.inner.capabilities()
        }

        fn score_rule(&self) -> &ScoreRule {
            self.inner.score_rule()
        }
    }

    #[test]
    fn photo_is_analysed_once_per_set_of_options() {
        let folder = tempfile::tempdir().unwrap();
        let face = FakeFace { colour: [200, 0, 0], x: 40, y: 40, side: 60 };
        let paths = [("face.png", fake_photo(140, 140, &[face]).unwrap()), ("text.png", b"text".to_vec())];
        let paths = paths.map(|(name, bytes)| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        });
        let analyzer = Counting::default();
        let root = folder.path().join("cache");
        let session = Session { cache: Some((&root, "engine")), ..testing::session(&analyzer) };
        let first = session.observe_faces(&paths, Wanted::TEMPLATE).unwrap();
        assert!(first[0].as_ref().unwrap().template.is_some() && first[1].is_none());
        assert_eq!(session.observe_faces(&paths, Wanted::TEMPLATE).unwrap(), first);
        assert_eq!(analyzer.asked.load(Ordering::Relaxed), 2);
        session.observe_faces(&paths, Wanted::BOXES).unwrap();
        assert_eq!(analyzer.asked.load(Ordering::Relaxed), 4);
    }
}
