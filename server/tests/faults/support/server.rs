//! The program: its data folder, its commands, and a server that can be restarted and killed.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};

use super::{Client, until};

const PASSWORD: &str = "correct horse battery";

/// The program under test: the one that was built with the tests, or the one that `cargo xtask soak` names, a release.
fn program() -> OsString {
    std::env::var_os(PROGRAM).unwrap_or_else(|| env!("CARGO_BIN_EXE_pindesk").into())
}

const PROGRAM: &str = "PINDESK_FAULTS_PROGRAM";

/// Whether the program is a release, which needs less memory than one that was built for tests.
pub fn is_release() -> bool {
    std::env::var_os(PROGRAM).is_some()
}

/// A data folder with the settings of the programs that work on it.
pub struct Folder {
    dir: tempfile::TempDir,
    settings: Vec<(String, String)>,
    /// Bytes of a disk of its own, which only its servers see.
    disk: Option<u64>,
}

impl Folder {
    /// On SQLite, on the disk of all temporary files.
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), settings: Vec::new(), disk: None }
    }

    /// A server on it has the data on a disk of so many bytes; what is there goes with that server. Linux alone.
    pub fn with_disk_of(mut self, bytes: u64) -> Self {
        self.disk = Some(bytes);
        self
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// `pindesk` with these settings and no others.
    pub fn command(&self) -> Command {
        self.plain(&program())
    }

    fn plain(&self, program: &OsStr) -> Command {
        fs::create_dir_all(self.path()).unwrap();
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("PINDESK_") || text.starts_with("LEPTOS_") {
                command.env_remove(&name);
            }
        }
        // Away from the checkout's settings file.
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command.env("PINDESK_DATA_DIR", self.path()).env("LEPTOS_SITE_ADDR", "127.0.0.1:0");
        command.envs(self.settings.iter().cloned());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command().args(args).output().unwrap()
    }

    /// What a command prints that must succeed.
    pub fn output(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Starts a server, once it says that it listens. Its log goes to a file beside the data.
    pub fn serve(&self) -> Server {
        let log = fs::File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = self.serve_command();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut greeting = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut greeting).unwrap();
        let address = greeting.split("listening on ").nth(1).map(|rest| rest.trim_end().trim_end_matches(')').parse());
        let Some(Ok(address)) = address else { panic!("it did not start: {greeting}{}", self.log()) };
        // What else it prints has somewhere to go.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Server { child, address, data: self.path() }
    }

    /// `pindesk serve`, on the folder's own disk if it has one; what the folder held before is copied onto that.
    pub fn serve_command(&self) -> Command {
        match self.disk {
            None => {
                let mut command = self.command();
                command.arg("serve");
                command
            }
            Some(bytes) => self.serve_command_on(&format!(
                "mkdir -p ../seen && mount -t tmpfs -o size={bytes} tmpfs ../seen && cp -a . ../seen && \
                 mount --move ../seen \"$PINDESK_DATA_DIR\""
            )),
        }
    }

    /// `pindesk serve` in a space of mounts of its own, in which a line of shell made something first.
    pub fn serve_command_on(&self, mount: &str) -> Command {
        let mut command = self.plain("unshare".as_ref());
        // As an ordinary user, in a space where one is root.
        let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        command.args(if is_root { &["--mount"][..] } else { &["--mount", "--map-root-user"] });
        let script = format!("cd \"$PINDESK_DATA_DIR\" && {mount} && cd .. && exec \"$0\" serve");
        command.args(["sh", "-c", &script]).arg(program());
        command
    }

    pub fn has_own_disk(&self) -> bool {
        self.disk.is_some()
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// What the servers logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Every file of tickets below a data folder, incoming ones too, without lock files.
    pub fn files(data: &Path) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, found);
                } else if path.extension().is_none_or(|extension| extension != "lock") {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        walk(&data.join("media"), &mut found);
        walk(&data.join("incoming"), &mut found);
        found
    }
}

/// A running server; killed when this is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    data: PathBuf,
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The data folder as the server sees it, whatever is mounted there.
    pub fn data(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.pid(), self.data.display()))
    }

    /// Nobody.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Whether `readyz` says so.
    pub fn is_ready(&self) -> bool {
        self.client().send("GET", "/readyz", "", b"").is_ok_and(|answer| answer.status == 200)
    }

    pub fn wait_ready(&self) {
        until("the server is ready", || self.is_ready());
    }

    /// Sets a limit of the running process, as in `--fsize=65536:`.
    pub fn limit(&self, limit: &str) {
        let status = Command::new("prlimit").args(["--pid", &self.pid().to_string(), limit]).status().unwrap();
        assert!(status.success());
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// How many files, sockets among them, it has open.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }

    /// Memory that it holds, in MB: now, and at most since the last [`Server::forget_peak`].
    pub fn memory(&self) -> (f64, f64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
        };
        (line("VmRSS:"), line("VmHWM:"))
    }

    /// Hundredths of a second that its processor time adds up to.
    pub fn worked(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        // Behind the name, which may hold blanks, from the third field on.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// Looks for the peak of its memory anew.
    pub fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.pid()), "5").unwrap();
    }

    /// As a power cut: nothing is finished.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As an operator does: what is under way is finished. The exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().unwrap().code()
    }

    /// A member of staff's browser; the account must be there.
    pub fn staff(&self, username: &str) -> Client {
        let body = format!("username={username}&password={}", PASSWORD.replace(' ', "+"));
        let answer = self.client().post_urlencoded("/admin/login?fn=staff_login", &body);
        assert_eq!(answer.status, 303, "{}", answer.text());
        cookies(self.client(), &answer.headers)
    }

    /// A customer's program, with a PIN.
    pub fn customer(&self, pin: &str) -> Client {
        let answer = self.client().post_json("/api/users/login/", &json!({ "pin": pin }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.client().bearer(answer.json()["access"].as_str().unwrap())
    }

    /// A customer's browser, with a PIN, that was told whose access it has.
    pub fn browser(&self, pin: &str) -> Client {
        let answer = self.client().post_urlencoded("/?fn=login", &format!("pin={pin}"));
        assert_eq!(answer.status, 303, "{}", answer.text());
        let browser = cookies(self.client(), &answer.headers);
        assert_eq!(browser.get("/welcome").status, 200);
        browser
    }
}

fn cookies(client: Client, headers: &[(String, String)]) -> Client {
    let pairs: Vec<&str> = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    client.with("cookie", pairs.join("; "))
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Folder {
    /// Makes a customer and issues them PINs.
    pub fn pins(&self, username: &str, count: usize) -> Vec<String> {
        self.run(&["customer", "create", username]);
        let pins = self.output(&["pin", "create", username, "--count", &count.to_string()]);
        pins.lines().map(str::to_owned).collect()
    }

    /// Makes an admin.
    pub fn admin(&self, username: &str) {
        let mut child = self
            .command()
            .args(["createsuperuser", "--username", username, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait().unwrap().success());
    }
}

/// All tickets that a customer's program sees, newest first.
pub fn tickets(customer: &Client) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = Some("/api/tickets/".to_owned());
    while let Some(path) = next {
        let answer = customer.get(&path);
        assert_eq!(answer.status, 200, "{}", answer.text());
        found.extend(answer.json().as_array().unwrap().iter().cloned());
        let link = answer.header("link").and_then(|link| link.split(['<', '>']).nth(1));
        next = link.map(|address| address[address.find("/api/").unwrap()..].to_owned());
    }
    found
}

/// Asserts that everything that was answered with 201 is there.
pub fn assert_kept(customer: &Client, taken: &[i64]) {
    let listed: Vec<i64> = tickets(customer).iter().map(|ticket| ticket["id"].as_i64().unwrap()).collect();
    for id in taken {
        assert!(listed.contains(id), "{id} was answered with 201");
    }
}

/// Asserts that every file that a list of tickets names is there; how many there are.
pub fn assert_files(customer: &Client, tickets: &[Value]) -> usize {
    let files = tickets.iter().flat_map(|ticket| ticket["attachments"].as_array().unwrap());
    files
        .map(|file| {
            let address = file["file"].as_str().unwrap();
            let path = &address[address.find("/media/").unwrap()..];
            let answer = customer.get(path);
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.body.len() as u64, file["size"].as_u64().unwrap(), "{path}");
        })
        .count()
}
