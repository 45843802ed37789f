//! Installs of synthetic packages.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use vultus_inference::{InferenceError, Model};
use vultus_types::ModelDigest;

use super::*;
use crate::manifest::{Source, current_target};
use crate::progress::Silent;
use crate::testing::{FakeModel, tgz, zip};
use crate::{PackError, VerifyReport, installed_pack, list, runtime_library, verify};

/// The answer of the golden vector `liveness`.
const GOLDEN: [f32; 2] = [0.995_507_7, 0.004_492_279];

/// An install root, and packages that a manifest pins.
struct Fixture {
    folder: tempfile::TempDir,
    packages: HashMap<String, Vec<u8>>,
    version: String,
    extra: String,
}

impl Fixture {
    fn new() -> Self {
        let models: [(&str, &[u8]); 3] =
            [("package/one.onnx", b"good one"), ("package/two.onnx", b"good two"), ("package/x", b"unused")];
        let wheel: [(&str, &[u8]); 3] =
            [("rt/capi/librt.so.1", b"library"), ("rt/capi/libother.so", b"other"), ("rt/LICENSE", b"free")];
        let packages =
            HashMap::from([("models".to_owned(), tgz(&models)), ("wheel".to_owned(), zip(&wheel))]);
        let folder = tempfile::tempdir().unwrap();
        let fixture = Self { folder, packages, version: "1".to_owned(), extra: String::new() };
        fs_err::create_dir(fixture.from()).unwrap();
        fixture.write_packages();
        fixture
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn from(&self) -> PathBuf {
        self.folder.path().join("from")
    }

    fn write_packages(&self) {
        fs_err::write(self.from().join("scope-models-1.0.tgz"), &self.packages["models"]).unwrap();
        fs_err::write(self.from().join("any name at all"), &self.packages["wheel"]).unwrap();
    }

    fn manifest(&self) -> Manifest {
        let pin = |id: &str| {
            let bytes = &self.packages[id];
            format!("bytes = {}\nsha256 = \"{}\"\nlicence = \"MIT\"", bytes.len(), ModelDigest::of(bytes))
        };
        let model = |name: &str| {
            format!(
                "[[models]]\nname = \"{name}\"\ntask = \"liveness\"\nkind = \"human-liveness\"\n\
                 source = \"models\"\nimporter = \"copy\"\nfiles = [\"package/{name}.onnx\"]\n\
                 input = \"any\"\nlicence = \"MIT\"\nprovenance = \"test\"\ngolden = \"liveness\"\n"
            )
        };
        let text = format!(
            "name = \"test\"\nversion = \"{}\"\nlicence = \"MIT\"\ncommercial = true\n\
             [[sources]]\nid = \"models\"\nclient = \"npm\"\npackage = \"@scope/models\"\nversion = \"1.0\"\n{}\n\
             [[sources]]\nid = \"wheel\"\nclient = \"pip\"\npackage = \"rt\"\nversion = \"2.0\"\n{}\n\
             [[runtimes]]\ntarget = \"{}\"\nsource = \"wheel\"\nlibrary = \"rt/capi/librt.so.1\"\n\
             files = [\"rt/capi/libother.so\", \"rt/LICENSE\"]\n{}{}{}",
            self.version,
            pin("models"),
            pin("wheel"),
            current_target(),
            model("one"),
            model("two"),
            self.extra,
        );
        Manifest::parse(&text).unwrap()
    }

    fn install(&self) -> Result<InstallReport, InstallError> {
        self.install_watched(&Silent)
    }

    fn install_watched(&self, progress: &dyn Progress) -> Result<InstallReport, InstallError> {
        let from = self.from();
        let options = InstallOptions {
            from_dir: Some(&from),
            optional_models: true,
            client: &NoClient,
            load: &load,
            progress,
        };
        install(&self.root(), &self.manifest(), &options)
    }

    fn verify(&self) -> VerifyReport {
        verify(&self.root(), &load, &Silent).unwrap()
    }

    fn pack(&self) -> Result<Pack, PackError> {
        installed_pack(&self.root(), "test")
    }
}

/// Loads whatever starts with `good`, or answers wrongly for what starts with `bad`.
fn load(request: &LoadRequest<'_>) -> Result<Box<dyn Model>, InferenceError> {
    assert!(request.library.is_some_and(Path::is_file), "the runtime comes first");
    let bytes = fs_err::read(request.path).unwrap();
    assert_eq!(ModelDigest::of(&bytes), request.digest);
    let answer = match bytes.get(..4) {
        Some(b"good") => GOLDEN,
        Some(b"bad ") => [0.9, 0.1],
        _ => {
            return Err(InferenceError::Load {
                name: request.name.to_owned(),
                reason: "no graph".to_owned(),
            });
        }
    };
    Ok(Box::new(FakeModel::new("Identity", &answer)))
}

/// Fails the test when it is asked for a package.
struct NoClient;

impl PackageClient for NoClient {
    fn download(&self, source: &Source, _: &Path, _: &dyn Fn(u64)) -> Result<PathBuf, InstallError> {
        panic!("asked for {}", source.describe())
    }
}

/// Serves the fixture's packages and counts how often.
struct CountingClient<'a> {
    fixture: &'a Fixture,
    downloads: AtomicUsize,
}

impl PackageClient for CountingClient<'_> {
    fn download(
        &self,
        source: &Source,
        into: &Path,
        progress: &dyn Fn(u64),
    ) -> Result<PathBuf, InstallError> {
        self.downloads.fetch_add(1, Ordering::SeqCst);
        let file = into.join("file");
        fs_err::write(&file, &self.fixture.packages[&source.id])?;
        progress(1);
        std::thread::sleep(std::time::Duration::from_millis(50));
        Ok(file)
    }
}

#[test]
fn an_install_gives_a_pack_a_runtime_and_a_clean_root() {
    let fixture = Fixture::new();
    let report = fixture.install().unwrap();
    assert!(!report.already_installed);
    assert_eq!(report.models.len(), 2);
    assert!(report.models.iter().all(|model| model.deviation.is_some_and(|deviation| deviation < 0.01)));
    let pack = fixture.pack().unwrap();
    assert_eq!(pack.models[0].digest, ModelDigest::of(b"good one"));
    assert_eq!(fs_err::read(&pack.models[1].path).unwrap(), b"good two");
    let library = runtime_library(&fixture.root()).unwrap();
    assert_eq!(library.file_name().unwrap(), "librt.so.1");
    assert_eq!(fs_err::read(library.with_file_name("libother.so")).unwrap(), b"other");
    assert!(library.parent().unwrap().ends_with("runtime/rt-2.0"));
    assert!(fixture.verify().is_intact());
    assert!(!fixture.root().join(".staging").exists());
    let rows = list(&fixture.root()).unwrap();
    assert!(rows.iter().any(|row| row.pack == "test" && row.name == "one" && row.installed));
    assert!(rows.iter().any(|row| row.pack == "default" && row.name == "blazeface" && !row.installed));
}

#[test]
fn what_is_installed_and_intact_is_not_installed_again() {
    let fixture = Fixture::new();
    fixture.install().unwrap();
    fs_err::remove_dir_all(fixture.from()).unwrap();
    assert!(fixture.install().unwrap().already_installed);
}

#[test]
fn wrong_missing_and_longer_packages_are_named() {
    let fixture = Fixture::new();
    let file = fixture.from().join("scope-models-1.0.tgz");
    let mut bytes = fixture.packages["models"].clone();
    bytes[20] ^= 1;
    fs_err::write(&file, &bytes).unwrap();
    let result = fixture.install();
    assert!(matches!(&result, Err(InstallError::Digest { file: named, .. }) if *named == file), "{result:?}");
    bytes.push(0);
    fs_err::write(&file, &bytes).unwrap();
    let result = fixture.install();
    assert!(matches!(&result, Err(InstallError::Size { file: named, .. }) if *named == file), "{result:?}");
    fs_err::remove_file(&file).unwrap();
    let text = fixture.install().unwrap_err().to_string();
    assert!(text.contains("npm @scope/models 1.0") && text.contains("from"), "{text}");
    assert!(fixture.pack().is_err());
    fixture.write_packages();
    fixture.install().unwrap();
}

#[test]
fn truncated_archives_and_missing_entries_are_refused() {
    let mut fixture = Fixture::new();
    let whole = fixture.packages["models"].clone();
    fixture.packages.insert("models".to_owned(), whole[..whole.len() / 2].to_vec());
    fixture.write_packages();
    let result = fixture.install();
    assert!(matches!(&result, Err(InstallError::Archive { .. })), "{result:?}");
    fixture.packages.insert("models".to_owned(), tgz(&[("package/one.onnx", b"good one")]));
    fixture.write_packages();
    let error = fixture.install().unwrap_err().to_string();
    assert!(error.contains("package/two.onnx"), "{error}");
    assert!(fixture.pack().is_err());
}

#[test]
fn models_that_answer_wrongly_or_do_not_load_are_not_installed() {
    let mut fixture = Fixture::new();
    for (content, is_expected) in [
        (
            &b"bad two"[..],
            (|e| matches!(e, InstallError::Golden { model, .. } if model == "two"))
                as fn(&InstallError) -> bool,
        ),
        (b"not a model", |e| matches!(e, InstallError::Load { model, .. } if model == "two")),
    ] {
        let entries: [(&str, &[u8]); 2] = [("package/one.onnx", b"good one"), ("package/two.onnx", content)];
        fixture.packages.insert("models".to_owned(), tgz(&entries));
        fixture.write_packages();
        let error = fixture.install().unwrap_err();
        assert!(is_expected(&error), "{error}");
        assert!(matches!(fixture.pack(), Err(PackError::NotInstalled { .. })));
    }
}

#[test]
fn an_imported_model_other_than_the_pinned_one_is_refused() {
    let mut fixture = Fixture::new();
    fixture.extra = format!("sha256 = \"{}\"\n", ModelDigest::of(b"another"));
    let result = fixture.install();
    assert!(matches!(&result, Err(InstallError::Imported { model, .. }) if model == "two"), "{result:?}");
    fixture.extra = format!("sha256 = \"{}\"\n", ModelDigest::of(b"good two"));
    fixture.install().unwrap();
}

#[test]
fn optional_models_can_be_left_out_and_added_later() {
    let mut fixture = Fixture::new();
    fixture.extra = "optional = true\n".to_owned();
    let from = fixture.from();
    let small = InstallOptions {
        from_dir: Some(&from),
        optional_models: false,
        client: &NoClient,
        load: &load,
        progress: &Silent,
    };
    install(&fixture.root(), &fixture.manifest(), &small).unwrap();
    assert_eq!(fixture.pack().unwrap().models.len(), 1);
    assert!(!fixture.install().unwrap().already_installed);
    assert_eq!(fixture.pack().unwrap().models.len(), 2);
    assert!(install(&fixture.root(), &fixture.manifest(), &small).unwrap().already_installed);
}

/// Panics at a given moment, as a stand-in for the end of the process.
struct Interrupt {
    left: AtomicUsize,
}

impl Interrupt {
    fn tick(&self) {
        assert!(self.left.fetch_sub(1, Ordering::SeqCst) > 0, "interrupted");
    }
}

impl Progress for Interrupt {
    fn begin(&self, _: &Step, _: Option<u64>) {
        self.tick();
    }

    fn advance(&self, _: u64) {}

    fn end(&self) {
        self.tick();
    }
}

#[test]
fn an_install_interrupted_at_any_step_can_be_run_again() {
    let mut steps = 0;
    loop {
        let fixture = Fixture::new();
        let interrupt = Interrupt { left: AtomicUsize::new(steps) };
        let finished = catch_unwind(AssertUnwindSafe(|| fixture.install_watched(&interrupt))).is_ok();
        match fixture.pack() {
            Ok(pack) => assert_eq!(pack.models.len(), 2),
            Err(error) => assert!(matches!(error, PackError::NotInstalled { .. }), "{error}"),
        }
        fixture.install().unwrap();
        assert!(fixture.verify().is_intact());
        assert!(!fixture.root().join(".staging").exists());
        if finished {
            break;
        }
        steps += 1;
    }
    assert!(steps > 10, "{steps}");
}

#[test]
fn leftovers_of_a_killed_install_are_cleaned() {
    let fixture = Fixture::new();
    let staging = fixture.root().join(".staging");
    fs_err::create_dir_all(staging.join("test/golden")).unwrap();
    fs_err::write(staging.join("test/one.onnx"), "half").unwrap();
    fs_err::create_dir_all(staging.join("packages")).unwrap();
    let kept = staging.join("packages").join(ModelDigest::of(&fixture.packages["models"]).to_string());
    fs_err::write(kept, "half a package").unwrap();
    fs_err::os::unix::fs::symlink("nowhere", fixture.root().join(".test.new")).unwrap();
    fs_err::create_dir_all(fixture.root().join(".packs/test")).unwrap();
    let client = CountingClient { fixture: &fixture, downloads: AtomicUsize::new(0) };
    let options = InstallOptions {
        from_dir: None,
        optional_models: true,
        client: &client,
        load: &load,
        progress: &Silent,
    };
    install(&fixture.root(), &fixture.manifest(), &options).unwrap();
    assert!(fixture.verify().is_intact());
    assert!(!staging.exists());
    assert_eq!(client.downloads.into_inner(), 2);
}

#[test]
fn packages_of_a_failed_install_are_not_downloaded_again() {
    let fixture = Fixture::new();
    let client = CountingClient { fixture: &fixture, downloads: AtomicUsize::new(0) };
    let broken = |request: &LoadRequest<'_>| -> Result<Box<dyn Model>, InferenceError> {
        Err(InferenceError::Load { name: request.name.to_owned(), reason: "broken".to_owned() })
    };
    let failing = InstallOptions {
        from_dir: None,
        optional_models: true,
        client: &client,
        load: &broken,
        progress: &Silent,
    };
    assert!(install(&fixture.root(), &fixture.manifest(), &failing).is_err());
    let working = InstallOptions { load: &load, ..failing };
    install(&fixture.root(), &fixture.manifest(), &working).unwrap();
    assert_eq!(client.downloads.into_inner(), 2);
}

#[test]
fn two_installs_at_once_do_the_work_once() {
    let fixture = Fixture::new();
    let client = CountingClient { fixture: &fixture, downloads: AtomicUsize::new(0) };
    let manifest = fixture.manifest();
    let run = || {
        let options = InstallOptions {
            from_dir: None,
            optional_models: true,
            client: &client,
            load: &load,
            progress: &Silent,
        };
        install(&fixture.root(), &manifest, &options).unwrap().already_installed
    };
    let results = std::thread::scope(|scope| {
        let threads = [scope.spawn(run), scope.spawn(run)];
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(results.iter().filter(|&&already| already).count(), 1);
    assert_eq!(client.downloads.load(Ordering::SeqCst), 2);
    assert!(fixture.verify().is_intact());
}

#[test]
fn readers_find_a_whole_pack_at_every_moment_of_an_upgrade() {
    let mut fixture = Fixture::new();
    fixture.install().unwrap();
    let root = fixture.root();
    let done = AtomicBool::new(false);
    let reads = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !done.load(Ordering::SeqCst) {
                assert_eq!(installed_pack(&root, "test").unwrap().models.len(), 2);
                reads += 1;
            }
            reads
        });
        for version in 2..12 {
            fixture.version = version.to_string();
            assert!(!fixture.install().unwrap().already_installed);
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        done.store(true, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert!(reads > 0);
    assert_eq!(fixture.pack().unwrap().version, "11");
}

#[test]
fn damage_is_found_by_verify_and_repaired_by_install() {
    let fixture = Fixture::new();
    fixture.install().unwrap();
    let pack = fixture.pack().unwrap();
    fs_err::write(&pack.models[0].path, "good but another").unwrap();
    let report = fixture.verify();
    assert!(!report.is_intact());
    let model = &report.packs[0].models[0];
    assert!(model.problem.as_ref().is_some_and(|problem| problem.contains("SHA-256")), "{model:?}");
    assert!(report.packs[0].models[1].problem.is_none());
    assert!(matches!(fixture.pack(), Err(PackError::Digest { .. })));
    let library = runtime_library(&fixture.root()).unwrap();
    fs_err::write(&library, "tampered").unwrap();
    assert!(fixture.verify().runtime.iter().any(|file| file.problem.is_some()));
    assert!(!fixture.install().unwrap().already_installed);
    assert!(fixture.verify().is_intact());
    assert_eq!(fs_err::read(runtime_library(&fixture.root()).unwrap()).unwrap(), b"library");
}

#[test]
fn a_changed_golden_answer_is_found_by_verify() {
    let fixture = Fixture::new();
    fixture.install().unwrap();
    let wrong = |_: &LoadRequest<'_>| -> Result<Box<dyn Model>, InferenceError> {
        Ok(Box::new(FakeModel::new("Identity", &[0.5, 0.5])))
    };
    let report = verify(&fixture.root(), &wrong, &Silent).unwrap();
    assert!(report.packs[0].models.iter().all(|model| model.problem.is_some()));
}

#[test]
fn a_directory_of_the_operator_is_not_overwritten() {
    let fixture = Fixture::new();
    fs_err::create_dir_all(fixture.root().join("test")).unwrap();
    let result = fixture.install();
    assert!(matches!(result, Err(InstallError::InTheWay(_))), "{result:?}");
    assert!(fixture.root().join("test").is_dir());
}

/// A manifest of a model whose file the operator brings, under a licence that must be accepted.
fn brought() -> Manifest {
    let text = "name = \"brought\"\nversion = \"1\"\nlicence = \"research only\"\ncommercial = false\n\
         [[sources]]\nid = \"embedder\"\nclient = \"operator\"\nfile = \"embedder.onnx\"\nversion = \"1\"\n\
         licence = \"research only\"\n\
         [[models]]\nname = \"embedder\"\ntask = \"embed\"\nkind = \"arcface\"\nsource = \"embedder\"\n\
         importer = \"copy\"\nfiles = [\"embedder.onnx\"]\ninput = \"any\"\nlicence = \"research only\"\n\
         provenance = \"test\"\noutputs = [4]\n";
    Manifest::parse(text).unwrap()
}

/// Models that answer with as many numbers as their file has bytes.
#[expect(clippy::unnecessary_wraps, reason = "a loader may fail")]
fn load_by_length(request: &LoadRequest<'_>) -> Result<Box<dyn Model>, InferenceError> {
    let length = fs_err::read(request.path).unwrap().len();
    Ok(Box::new(FakeModel::new("embedding", &vec![0.5; length])))
}

fn install_brought(fixture: &Fixture, from: Option<&Path>) -> Result<InstallReport, InstallError> {
    let options = InstallOptions {
        from_dir: from,
        optional_models: true,
        client: &NoClient,
        load: &load_by_length,
        progress: &Silent,
    };
    install(&fixture.root(), &brought(), &options)
}

#[test]
fn files_that_the_operator_brings_are_found_by_name_and_noted_with_their_digests() {
    let fixture = Fixture::new();
    let from = fixture.from();
    let absent = install_brought(&fixture, Some(&from)).unwrap_err().to_string();
    assert!(absent.contains("embedder.onnx") && absent.contains("it is not in"), "{absent}");
    let absent = install_brought(&fixture, None).unwrap_err();
    assert!(matches!(absent, InstallError::NotBrought { dir: None, .. }), "{absent}");
    for content in [b"four", b"ruof"] {
        fs_err::write(from.join("embedder.onnx"), content).unwrap();
        assert!(!install_brought(&fixture, Some(&from)).unwrap().already_installed);
        assert!(install_brought(&fixture, Some(&from)).unwrap().already_installed);
        let pack = installed_pack(&fixture.root(), "brought").unwrap();
        assert_eq!(pack.models[0].digest, ModelDigest::of(content));
        assert!(pack.check_licence(&[]).is_err());
        pack.check_licence(&["brought".to_owned()]).unwrap();
    }
    assert!(install_brought(&fixture, None).unwrap().already_installed);
}

#[test]
fn brought_files_with_other_outputs_than_described_are_refused() {
    let fixture = Fixture::new();
    fs_err::write(fixture.from().join("embedder.onnx"), b"seventeen").unwrap();
    let result = install_brought(&fixture, Some(&fixture.from()));
    let Err(InstallError::Outputs { model, expected, actual }) = result else { panic!("{result:?}") };
    assert_eq!((model.as_str(), expected, actual), ("embedder", vec![4], vec![9]));
    assert!(installed_pack(&fixture.root(), "brought").is_err());
}

#[test]
fn listed_packs_tell_whether_they_must_be_accepted() {
    let fixture = Fixture::new();
    fs_err::write(fixture.from().join("embedder.onnx"), b"four").unwrap();
    install_brought(&fixture, Some(&fixture.from())).unwrap();
    let rows = list(&fixture.root()).unwrap();
    let row = |pack: &str| rows.iter().find(|row| row.pack == pack).unwrap();
    for (pack, installed, needs_acceptance) in [
        ("brought", true, true),
        ("buffalo_l", false, true),
        ("buffalo_s", false, true),
        ("sface", false, false),
        ("recommended", false, false),
    ] {
        let row = row(pack);
        assert_eq!((row.installed, row.needs_acceptance), (installed, needs_acceptance), "{pack}");
        assert!(!row.licence.is_empty(), "{pack}");
    }
}
