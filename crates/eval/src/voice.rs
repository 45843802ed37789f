//! Comparisons of voices: every recording of labelled folders with every other; and their calibration table.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use vultus_inference::Cancel;
use vultus_search::{Calibration, CalibrationTable, Provenance};
use vultus_types::{IncomparableTemplate, ScoreRule, Similarity, Template, VoiceAnalysis};
use vultus_voice::{VoiceAnalyzer, VoiceError};

use crate::EvalError;
use crate::calibrate::{CalibrationReport, sorted_entries};
use crate::curves::histogram;
use crate::findings::{Better, Figure, Findings, Unit};
use crate::parallel::{Progress, map_parallel};
use crate::statistics::Bootstrap;
use crate::trials::{Rates, Trial, Trials};
use crate::verify::{error_rates, presets};

/// File name endings of recordings, in lower case.
const ENDINGS: [&str; 6] = ["wav", "flac", "ogg", "oga", "opus", "mp3"];

/// The false match rate at which the share of recognised speakers is reported.
const REPORTED_FMR: f64 = 1e-2;

/// Recordings with the speaker of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledRecordings {
    /// The files, sorted.
    pub paths: Vec<PathBuf>,
    /// For each file a number that is the same for recordings of the same speaker only.
    pub speakers: Vec<usize>,
}

impl LabelledRecordings {
    /// Adds the recordings of a folder that has one folder for each speaker. Files that are named like no recording, and
    /// names beginning with a dot, are skipped.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub fn add_folder(&mut self, folder: &Path) -> std::io::Result<()> {
        for speaker in sorted_entries(folder)?.into_iter().filter(|path| path.is_dir()) {
            let number = self.speakers.last().map_or(0, |last| last + 1);
            for recording in sorted_entries(&speaker)?.into_iter().filter(|path| is_recording(path)) {
                self.paths.push(recording);
                self.speakers.push(number);
            }
        }
        Ok(())
    }
}

fn is_recording(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// The engine under test, with what a measurement of voices needs beside it.
#[derive(Clone, Copy)]
pub struct VoiceSession<'a> {
    /// The engine.
    pub analyzer: &'a dyn VoiceAnalyzer,
    /// The length of pieces of speech, in seconds, where pieces are looked at.
    pub piece_seconds: Option<f32>,
    /// Threads to use.
    pub threads: NonZeroUsize,
    /// Told how far the work is.
    pub progress: &'a Progress<'a>,
    /// Seed of all random choices.
    pub seed: u64,
}

impl VoiceSession<'_> {
    /// What is heard in each recording: the whole, or its pieces of so many seconds; nothing where it cannot be used.
    fn heard(
        &self,
        recordings: &LabelledRecordings,
        piece_seconds: Option<f32>,
    ) -> Result<Vec<Vec<VoiceAnalysis>>, EvalError> {
        map_parallel(&recordings.paths, self.threads, self.progress, |path| {
            let (bytes, cancel) = (fs_err::read(path)?, Cancel::default());
            let heard = match piece_seconds {
                Some(seconds) => self.analyzer.analyze_pieces(&bytes, seconds, &cancel),
                None => self.analyzer.analyze(&bytes, &cancel).map(|heard| vec![heard]),
            };
            match heard {
                Ok(heard) => Ok(heard),
                Err(error @ (VoiceError::Inference(_) | VoiceError::Cancelled)) => Err(error.into()),
                Err(_) => Ok(Vec::new()),
            }
        })
    }
}

/// Compares every recording with every other. One that cannot be used fails to acquire; its comparisons are not made.
/// Where the session has a length of pieces, only the first piece of each is heard. `calibration` adds the error rates at the
/// confidences that clients use.
///
/// # Errors
/// [`EvalError`] where a file cannot be read or the engine fails.
pub fn compare_voices(
    session: &VoiceSession<'_>,
    recordings: &LabelledRecordings,
    calibration: Option<&Calibration>,
) -> Result<Findings, EvalError> {
    let heard = session.heard(recordings, session.piece_seconds)?;
    let first: Vec<Option<&VoiceAnalysis>> = heard.iter().map(|pieces| pieces.first()).collect();
    let mut findings = Findings::default();
    let failures = first.iter().filter(|heard| heard.is_none()).count();
    findings.acquisition_of("recordings", first.len(), failures);
    findings.count("speakers", recordings.speakers.last().map_or(0, |last| last + 1));
    let voices: Vec<_> = first.iter().zip(&recordings.speakers).collect();
    let voices: Vec<Voice<'_>> = voices
        .into_iter()
        .filter_map(|(heard, &speaker)| Some((&heard.as_ref()?.template, speaker)))
        .collect();
    let trials = trials(session.analyzer.score_rule(), &voices)?;
    findings.count("mated comparisons", trials.positive().len());
    findings.count("non-mated comparisons", trials.negative().len());
    let lengths: Vec<f64> = first.iter().flatten().map(|heard| f64::from(heard.speech_seconds)).collect();
    if !lengths.is_empty() {
        let mean = lengths.iter().sum::<f64>() / lengths.len() as f64;
        let name = "seconds of speech, mean";
        findings.figures.push(Figure::new(name, mean, Unit::Score, Better::Neither, lengths.len()));
    }
    let bootstrap = Bootstrap::new(session.seed, session.threads);
    true_match_rate(&bootstrap, &trials, &mut findings);
    error_rates(&bootstrap, &trials, &presets(calibration), &mut findings);
    let scores = |trials: &[Trial]| trials.iter().map(|trial| trial.score).collect();
    let kinds = [("mated", scores(trials.positive())), ("non-mated", scores(trials.negative()))];
    findings.plots.extend(histogram("scores", "Similarities", "similarity", &kinds));
    Ok(findings)
}

/// A template and whose it is.
type Voice<'a> = (&'a Template, usize);

fn trials(rule: &ScoreRule, voices: &[Voice<'_>]) -> Result<Trials, IncomparableTemplate> {
    let (mut mated, mut non_mated) = (Vec::new(), Vec::new());
    for (one, (left, speaker)) in voices.iter().enumerate() {
        for (other, (right, other_speaker)) in voices.iter().enumerate().skip(one + 1) {
            let score = rule.similarity(left, right)?.0;
            let kind = if speaker == other_speaker { &mut mated } else { &mut non_mated };
            kind.push(Trial { score, one: one as u32, other: other as u32 });
        }
    }
    Ok(Trials::new(mated, non_mated, voices.iter().map(|(_, speaker)| *speaker as u32).collect()))
}

/// The share of mated comparisons that match where one in a hundred of the others does.
fn true_match_rate(bootstrap: &Bootstrap, trials: &Trials, findings: &mut Findings) {
    if !trials.has_both() {
        return;
    }
    let rate = |rates: &Rates<'_>| vec![1.0 - rates.false_negatives_at(REPORTED_FMR)];
    let (value, interval) = (rate(&trials.rates())[0], trials.intervals(bootstrap, rate)[0]);
    let name = format!("true match rate at FMR {REPORTED_FMR:e}");
    let figure = Figure::new(name, value, Unit::Share, Better::Higher, trials.positive().len());
    findings.figures.push(figure.within(interval));
}

/// Compares every recording with those of other speakers in the same collection, and makes the calibration table of the
/// session's engine from the scores. Where the session has a length of pieces, the pieces of each recording are compared
/// as well, among each other and with whole recordings: the table is then one of long and short recordings together.
///
/// # Errors
/// [`EvalError`] where a file cannot be read, the engine fails, or there are too few pairs.
pub fn calibrate_voices(
    session: &VoiceSession<'_>,
    populations: &[LabelledRecordings],
    margin: f64,
    origin: Provenance,
) -> Result<CalibrationReport, EvalError> {
    let rule = session.analyzer.score_rule();
    let (mut scores, mut failures, mut samples) = (Vec::new(), 0, 0);
    for population in populations {
        let mut heard = session.heard(population, None)?;
        failures += heard.iter().filter(|heard| heard.is_empty()).count();
        if session.piece_seconds.is_some() {
            let pieces = session.heard(population, session.piece_seconds)?;
            heard.iter_mut().zip(pieces).for_each(|(heard, pieces)| heard.extend(pieces));
        }
        let labelled = heard.iter().zip(&population.speakers);
        let voices: Vec<Voice<'_>> = labelled
            .flat_map(|(heard, &speaker)| heard.iter().map(move |heard| (&heard.template, speaker)))
            .collect();
        samples += voices.len();
        let trials = trials(rule, &voices)?;
        let strangers = trials.negative().iter().map(|trial| trial.score);
        scores.push(strangers.filter(|&score| score < Similarity::IDENTICAL.0).collect());
    }
    let models = rule.parts.iter().map(|part| part.model).collect();
    let table = CalibrationTable::measure(&mut scores, margin, Provenance { models, ..origin })?;
    Ok(CalibrationReport { table, photos: samples, failures, dropped_pairs: 0 })
}

#[cfg(test)]
mod tests {
    use vultus_voice::fakes::{FakeVoiceAnalyzer, fake_recording};

    use super::*;

    fn session(analyzer: &dyn VoiceAnalyzer) -> VoiceSession<'_> {
        let progress: &Progress<'static> = &|_, _| {};
        VoiceSession { analyzer, piece_seconds: None, threads: NonZeroUsize::MIN, progress, seed: 1 }
    }

    /// Three speakers with three recordings each, of which one cannot be used.
    fn recordings(root: &Path) -> LabelledRecordings {
        for (speaker, pitch) in [("ann", 150.0), ("bob", 230.0), ("cleo", 350.0)] {
            fs_err::create_dir_all(root.join(speaker)).unwrap();
            for (name, seconds) in [("1.wav", 3.0), ("2.WAV", 4.0), ("3.wav", 6.0)] {
                let seconds = if (speaker, name) == ("ann", "1.wav") { 0.5 } else { seconds };
                fs_err::write(root.join(speaker).join(name), fake_recording(pitch, seconds)).unwrap();
            }
        }
        fs_err::write(root.join("ann/notes.txt"), "no recording").unwrap();
        fs_err::write(root.join("stray.wav"), fake_recording(500.0, 2.0)).unwrap();
        let mut recordings = LabelledRecordings::default();
        recordings.add_folder(root).unwrap();
        recordings
    }

    #[test]
    fn voices_that_differ_are_told_apart() {
        let root = tempfile::tempdir().unwrap();
        let recordings = recordings(root.path());
        assert_eq!(recordings.speakers, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
        let findings = compare_voices(&session(&FakeVoiceAnalyzer::default()), &recordings, None).unwrap();
        let value = |name: &str| findings.figure(name).unwrap().value;
        assert_eq!((value("equal error rate"), value("true match rate at FMR 1e-2")), (0.0, 1.0));
        assert!((value("failure to acquire") - 1.0 / 9.0).abs() < 1e-9);
        let counts: Vec<u64> = findings.counts.iter().map(|count| count.count).collect();
        // 8 recordings that can be used: 28 pairs, of which 1 + 3 + 3 are of one speaker.
        assert_eq!(counts, [9, 3, 7, 21]);
    }

    #[test]
    fn recordings_shorter_than_a_piece_fail() {
        let root = tempfile::tempdir().unwrap();
        let recordings = recordings(root.path());
        let analyzer = FakeVoiceAnalyzer::default();
        let session = VoiceSession { piece_seconds: Some(3.5), ..session(&analyzer) };
        let findings = compare_voices(&session, &recordings, None).unwrap();
        assert_eq!(findings.figure("failure to acquire").unwrap().value, 3.0 / 9.0);
    }

    #[test]
    fn few_comparisons_make_no_table() {
        let root = tempfile::tempdir().unwrap();
        let origin = Provenance {
            models: Vec::new(),
            data_set: "tones".to_owned(),
            data_set_licence: "CC0-1.0".to_owned(),
            command: "none".to_owned(),
        };
        let populations = [recordings(root.path())];
        let analyzer = FakeVoiceAnalyzer::default();
        let result = calibrate_voices(&session(&analyzer), &populations, 1.0, origin);
        let Err(EvalError::Calibration(error)) = result else { panic!("21 pairs are too few") };
        assert_eq!(error.to_string(), "21 comparisons are too few to calibrate");
    }
}
