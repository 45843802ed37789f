use std::cell::RefCell;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_models::{
    InstallError, InstallOptions, InstallReport, LoadRequest, Manifest, Silent, SystemClients, installed_pack,
};
use vultus_types::ModelDigest;

use super::host::{Host, Request, serve, serve_at_most, write};
use super::*;

const IMPATIENT: Patience = Patience {
    connect: Duration::from_secs(5),
    silence: Duration::from_millis(400),
    pause: Duration::from_millis(5),
    grace: Duration::from_secs(20),
    least_rate: 1 << 20,
};

fn downloader(patience: Patience) -> Downloader {
    Downloader::with(patience, ClientBuilder::no_proxy).unwrap()
}

/// 300 000 bytes, no two stretches alike.
fn file() -> Vec<u8> {
    (0..75_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

struct Target(tempfile::TempDir);

impl Target {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("file")
    }

    fn content(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }
}

fn fetch(host: &Host, target: &Target) -> Result<(), FetchError> {
    downloader(IMPATIENT).fetch(&format!("{}/file", host.base), &target.path(), 300_000, &|_| ())
}

/// What went wrong, where the reason is `reason` and trying again is of no use.
fn assert_refused(result: &Result<(), FetchError>, reason: &str) {
    assert!(matches!(result, Err(FetchError::Failed(text)) if text.contains(reason)), "{result:?}");
}

#[test]
fn whole_file_is_downloaded_and_its_progress_told() {
    let host = Host::start(|request, _, stream| serve(request, stream, &file()));
    let target = Target::new();
    let told = RefCell::new(Vec::new());
    let address = format!("{}/file", host.base);
    downloader(IMPATIENT)
        .fetch(&address, &target.path(), 300_000, &|done| told.borrow_mut().push(done))
        .unwrap();
    assert_eq!(target.content(), file());
    let told = told.into_inner();
    assert!(told.is_sorted() && told.first() == Some(&0) && told.last() == Some(&300_000), "{told:?}");
    downloader(IMPATIENT).fetch(&address, &target.path(), 300_000, &|_| ()).unwrap();
    assert_eq!(host.requests().len(), 1, "a whole file is not asked for again");
}

#[test]
fn cut_download_is_gone_on_with_where_it_was_cut() {
    let host = Host::start(|request, _, stream| serve_at_most(request, stream, &file(), 90_000));
    let target = Target::new();
    fetch(&host, &target).unwrap();
    assert_eq!(target.content(), file());
    let from: Vec<_> = host.requests().iter().map(|request| request.from).collect();
    assert_eq!(from, [None, Some(90_000), Some(180_000), Some(270_000)]);
}

#[test]
fn what_an_earlier_run_left_is_gone_on_with() {
    let host = Host::start(|request, _, stream| serve(request, stream, &file()));
    let target = Target::new();
    std::fs::write(target.path(), &file()[..123_456]).unwrap();
    fetch(&host, &target).unwrap();
    assert_eq!(target.content(), file());
    assert_eq!(host.requests()[0].from, Some(123_456));
}

#[test]
fn leftovers_that_are_too_long_are_thrown_away() {
    let host = Host::start(|request, _, stream| serve(request, stream, &file()));
    let target = Target::new();
    std::fs::write(target.path(), vec![7; 300_001]).unwrap();
    fetch(&host, &target).unwrap();
    assert_eq!(target.content(), file());
}

#[test]
fn host_without_ranges_sends_the_file_anew() {
    let host = Host::start(|request, number, stream| {
        let request = Request { from: None, ..request.clone() };
        serve_at_most(&request, stream, &file(), if number == 0 { 100_000 } else { usize::MAX });
    });
    let target = Target::new();
    fetch(&host, &target).unwrap();
    assert_eq!(target.content(), file());
    assert_eq!(host.requests().len(), 2);
}

#[test]
fn files_of_another_length_are_refused() {
    for (length, reason) in [(299_999, "has 299999 bytes"), (300_001, "has 300001 bytes")] {
        let host = Host::start(move |request, _, stream| serve(request, stream, &vec![1; length]));
        assert_refused(&fetch(&host, &Target::new()), reason);
        assert_eq!(host.requests().len(), 1);
    }
    // Where the host does not tell the length beforehand.
    let longer = Host::start(|_, _, stream| write(stream, "200 OK", &[file(), vec![0]].concat()));
    let target = Target::new();
    assert_refused(&fetch(&longer, &target), "larger than 300000 bytes");
    assert_eq!(target.content(), [0; 0], "nothing of it is kept");
    let shorter = Host::start(|request, _, stream| match request.from {
        None => write(stream, "200 OK", &file()[..1000]),
        Some(_) => write(stream, "416 Range Not Satisfiable\r\nContent-Length: 0", b""),
    });
    assert_refused(&fetch(&shorter, &Target::new()), "bytes");
    assert!(shorter.requests().len() < 12, "{}", shorter.requests().len());
}

#[test]
fn ranges_other_than_those_asked_for_are_refused() {
    for range in ["bytes 0-299999/300000", "bytes 5-/300000x", "100-299999/300000"] {
        let host = Host::start(move |_, _, stream| {
            write(stream, &format!("206 Partial Content\r\nContent-Range: {range}"), b"x");
        });
        let target = Target::new();
        std::fs::write(target.path(), &file()[..100]).unwrap();
        let result = fetch(&host, &target);
        assert!(matches!(result, Err(FetchError::Failed(_))), "{range}");
        assert_eq!(target.content(), &file()[..100], "{range}");
    }
}

#[test]
fn missing_files_are_not_asked_for_again() {
    for status in ["404 Not Found", "403 Forbidden", "204 No Content"] {
        let host =
            Host::start(move |_, _, stream| write(stream, &format!("{status}\r\nContent-Length: 0"), b""));
        assert_refused(&fetch(&host, &Target::new()), &status[..3]);
        assert_eq!(host.requests().len(), 1, "{status}");
    }
}

#[test]
fn troubled_hosts_are_asked_again() {
    let host = Host::start(|request, number, stream| match number {
        0 => write(stream, "503 Service Unavailable\r\nContent-Length: 0", b""),
        1 => write(stream, "429 Too Many Requests\r\nContent-Length: 0", b""),
        2 => {}
        _ => serve(request, stream, &file()),
    });
    let target = Target::new();
    fetch(&host, &target).unwrap();
    assert_eq!(target.content(), file());
    assert_eq!(host.requests().len(), 4);
    let down =
        Host::start(|_, _, stream| write(stream, "500 Internal Server Error\r\nContent-Length: 0", b""));
    assert_refused(&fetch(&down, &Target::new()), "after 5 attempts");
    assert_eq!(down.requests().len(), 5);
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    let host = Host::start(|request, _, stream| match request.path.as_str() {
        "/file" => write(stream, "302 Found\r\nLocation: /there\r\nContent-Length: 0", b""),
        _ => serve(request, stream, &file()),
    });
    let target = Target::new();
    fetch(&host, &target).unwrap();
    assert_eq!(target.content(), file());
    let circle =
        Host::start(|_, _, stream| write(stream, "302 Found\r\nLocation: /file\r\nContent-Length: 0", b""));
    assert_refused(&fetch(&circle, &Target::new()), "redirects too often");
    assert_eq!(circle.requests().len(), MOST_REDIRECTS + 1, "and not tried again");
}

#[test]
fn hosts_that_fall_silent_are_given_up() {
    let host = Host::start(|_, _, stream| {
        write(stream, "200 OK\r\nContent-Length: 300000", b"beginning");
        std::thread::sleep(Duration::from_secs(30));
    });
    let target = Target::new();
    let patience = Patience { silence: Duration::from_millis(60), ..IMPATIENT };
    let address = format!("{}/file", host.base);
    let begun = Instant::now();
    let result = downloader(patience).fetch(&address, &target.path(), 300_000, &|_| ());
    assert_refused(&result, "attempts");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(target.content(), b"beginning");
}

/// Sends a byte now and then, for as long as anyone listens.
fn trickle(stream: &mut TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
    while stream.write_all(b"x").is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn hosts_that_never_end_are_given_up() {
    let host = Host::start(|_, _, stream| trickle(stream));
    let patience = Patience { grace: Duration::from_millis(300), least_rate: 10 << 20, ..IMPATIENT };
    let address = format!("{}/file", host.base);
    let result = downloader(patience).fetch(&address, &Target::new().path(), 300_000, &|_| ());
    assert_refused(&result, "run it again to go on");
}

#[test]
fn hosts_that_cannot_be_reached_are_told_apart() {
    let host = Host::start(|_, _, _| ());
    let address = format!("{}/file", host.base);
    drop(host);
    std::thread::sleep(Duration::from_millis(50));
    let result = downloader(IMPATIENT).fetch(&address, &Target::new().path(), 10, &|_| ());
    assert!(matches!(result, Err(FetchError::Offline(_))), "{result:?}");
}

/// A pack of one model that lies in a repository.
fn manifest(content: &[u8]) -> Manifest {
    let text = format!(
        "name = \"test\"\nversion = \"1\"\nlicence = \"MIT\"\ncommercial = true\n\
         [[sources]]\nid = \"model\"\nclient = \"repository\"\nrepository = \"https://host.invalid/owner/name\"\n\
         commit = \"abc\"\npath = \"weights/model.onnx\"\nversion = \"1\"\nlicence = \"MIT\"\nbytes = {}\n\
         sha256 = \"{}\"\n\
         [[models]]\nname = \"model\"\ntask = \"embed\"\nkind = \"arcface\"\nsource = \"model\"\nimporter = \"copy\"\n\
         files = [\"weights/model.onnx\"]\ninput = \"any\"\nlicence = \"MIT\"\nprovenance = \"test\"\n",
        content.len(),
        ModelDigest::of(content)
    );
    Manifest::parse(&text).unwrap()
}

struct NoModel;

impl Model for NoModel {
    fn digest(&self) -> ModelDigest {
        ModelDigest([0; 32])
    }

    fn output_names(&self) -> &[String] {
        &[]
    }

    fn run(&self, _: &Tensor) -> Result<Vec<Tensor>, InferenceError> {
        Ok(Vec::new())
    }
}

fn install(host: &Host, root: &Path) -> Result<InstallReport, InstallError> {
    let downloader = downloader(IMPATIENT);
    let fetch = |address: &str, into: &Path, size: u64, progress: &dyn Fn(u64)| {
        downloader.fetch(address, into, size, progress)
    };
    let load = |_: &LoadRequest<'_>| -> Result<Box<dyn Model>, InferenceError> { Ok(Box::new(NoModel)) };
    let options = InstallOptions {
        from_dir: None,
        optional_models: true,
        client: &SystemClients { fetch: Some(&fetch), mirror: Some(&host.base) },
        load: &load,
        progress: &Silent,
    };
    vultus_models::install(root, &manifest(&file()), &options)
}

#[test]
fn pack_is_installed_from_a_mirror_of_its_host() {
    let host = Host::start(|request, _, stream| serve(request, stream, &file()));
    let root = tempfile::tempdir().unwrap();
    install(&host, root.path()).unwrap();
    let pack = installed_pack(root.path(), "test").unwrap();
    assert_eq!(std::fs::read(&pack.models[0].path).unwrap(), file());
    assert_eq!(host.requests()[0].path, "/owner/name/raw/abc/weights/model.onnx");
    assert!(!root.path().join(".staging").exists());
}

#[test]
fn install_that_was_cut_goes_on_with_what_came() {
    let host = Host::start(|request, number, stream| match number {
        0 => serve_at_most(request, stream, &file(), 100_000),
        1 => write(stream, "404 Not Found\r\nContent-Length: 0", b""),
        _ => serve(request, stream, &file()),
    });
    let root = tempfile::tempdir().unwrap();
    assert!(matches!(install(&host, root.path()), Err(InstallError::ClientFailed { .. })));
    assert!(installed_pack(root.path(), "test").is_err());
    install(&host, root.path()).unwrap();
    assert_eq!(host.requests()[2].from, Some(100_000));
    installed_pack(root.path(), "test").unwrap();
}

#[test]
fn damaged_leftovers_are_replaced_and_wrong_bytes_refused() {
    let host = Host::start(|request, number, stream| {
        let mut file = file();
        if number < 2 {
            file[50_000] ^= 1;
        }
        serve_at_most(request, stream, &file, if number == 0 { 100_000 } else { usize::MAX });
    });
    let root = tempfile::tempdir().unwrap();
    let wrong = install(&host, root.path());
    assert!(matches!(wrong, Err(InstallError::Digest { .. })), "{wrong:?}");
    let kept = root.path().join(".staging/packages");
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 0, "wrong bytes are not kept");
    let digest = ModelDigest::of(&file());
    let beginning = kept.join(format!("{digest}.part/package"));
    std::fs::create_dir_all(&beginning).unwrap();
    std::fs::write(beginning.join("file"), vec![0; 200_000]).unwrap();
    install(&host, root.path()).unwrap();
    let from: Vec<_> = host.requests()[2..].iter().map(|request| request.from).collect();
    assert_eq!(from, [Some(200_000), None], "the whole was wrong, so it came anew");
}

#[test]
fn two_installs_at_once_download_once() {
    let downloads = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&downloads);
    let host = Host::start(move |request, _, stream| {
        counter.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(100));
        serve(request, stream, &file());
    });
    let root = tempfile::tempdir().unwrap();
    let results = std::thread::scope(|scope| {
        let threads =
            [(); 2].map(|()| scope.spawn(|| install(&host, root.path()).unwrap().already_installed));
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(results.iter().filter(|&&already| already).count(), 1);
    assert_eq!(downloads.load(Ordering::SeqCst), 1);
}
