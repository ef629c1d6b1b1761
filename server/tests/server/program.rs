//! The program as people start it: commands, a server on a port, signals.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

fn pindesk(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pindesk"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PINDESK_") || name.to_string_lossy().starts_with("LEPTOS_") {
            command.env_remove(name);
        }
    }
    command.env("PINDESK_DATA_DIR", data).env("LEPTOS_SITE_ADDR", "127.0.0.1:0").current_dir(data);
    command
}

fn run(data: &Path, args: &[&str]) -> Output {
    pindesk(data).args(args).stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn refusal(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    greeting: String,
}

impl Server {
    pub(crate) fn start(data: &Path, args: &[&str]) -> Self {
        Self::logging(data, args, Stdio::null())
    }

    fn logging(data: &Path, args: &[&str], log: Stdio) -> Self {
        let mut child = pindesk(data).arg("serve").args(args).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        out.read_line(&mut greeting).unwrap();
        let address = greeting.split("listening on ").nth(1).unwrap().trim_end().trim_end_matches(')').parse().unwrap();
        // The set-up link, if there is one.
        if !data.join("greeted").exists() {
            for _ in 0..3 {
                out.read_line(&mut greeting).unwrap();
            }
            std::fs::write(data.join("greeted"), "").unwrap();
        }
        Self { child, address, greeting }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let mut stream = self.connect();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn terminate(&self) {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn login(data: &Path, server: &Server) -> String {
    run(data, &["customer", "create", "ana"]);
    let pin = stdout(&run(data, &["pin", "create", "ana"]));
    let body = format!("{{\"pin\":\"{pin}\"}}");
    let mut stream = server.connect();
    write!(
        stream,
        "POST /api/users/login/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str::<Value>(body).unwrap()["access"].as_str().unwrap().to_owned()
}

#[test]
fn pins_for_less() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    for name in ["ana", "ben"] {
        run(data, &["customer", "create", name]);
    }
    let json = |args: &[&str]| -> Value { serde_json::from_str(&stdout(&run(data, args))).unwrap() };
    let whole = json(&["pin", "create", "ana", "--json"]);
    let names: Vec<&String> = whole[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["can", "expires_at", "label", "pin", "purpose", "stays", "ticket", "username"]);
    assert_eq!(whole[0]["can"], serde_json::json!(["read", "reply", "upload", "delegate"]));
    assert_eq!(
        (&whole[0]["ticket"], &whole[0]["stays"], &whole[0]["purpose"]),
        (&Value::Null, &Value::Null, &"login".into())
    );
    // One that is issued for the same says that it takes the place of the one before.
    let again = run(data, &["pin", "create", "ana"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("takes its place"), "{again:?}");
    assert_eq!(stdout(&again).lines().count(), 1);
    refusal(&run(data, &["pin", "revoke", whole[0]["pin"].as_str().unwrap()]), 1);
    let reading = json(&["pin", "create", "ana", "--can", "read", "--stays", "8h", "--label", "the lawyer", "--json"]);
    let shown = (&reading[0]["can"], &reading[0]["stays"], &reading[0]["label"]);
    assert_eq!(shown, (&serde_json::json!(["read"]), &28_800.into(), &"the lawyer".into()));

    let server = Server::start(data, &[]);
    let (access, id) = (login(data, &server), "1");
    let opened = server.post("/api/tickets/", &format!("authorization: Bearer {access}\r\n"), "title=T&description=D");
    assert!(opened.starts_with("HTTP/1.1 201"), "{opened}");
    let one = json(&["pin", "create", "ana", "--ticket", id, "--json"]);
    assert_eq!((&one[0]["ticket"], &one[0]["can"]), (&1.into(), &serde_json::json!(["read", "reply", "upload"])));
    let drop = json(&["pin", "create", "ana", "--ticket", id, "--drop", "--json"]);
    let shown = (&drop[0]["purpose"], &drop[0]["can"], &drop[0]["stays"]);
    assert_eq!(shown, (&"drop".into(), &serde_json::json!(["upload"]), &172_800.into()));

    // Words that are none, and things that cannot be.
    let unknown = refusal(&run(data, &["pin", "create", "ana", "--can", "read,write"]), 2);
    assert!(unknown.contains("read, reply, upload, delegate"), "{unknown}");
    for (args, code, word) in [
        (&["--ticket", "7"][..], 1, "ticket: This customer has no ticket #7"),
        (&["--ticket", id, "--stays", "1s"], 1, "stays: "),
        (&["--ticket", id, "--drop", "--stays", "3d"], 1, "48 hours"),
        (&["--drop"], 2, "--ticket"),
        (&["--ticket", id, "--drop", "--can", "read"], 2, "--can"),
    ] {
        let call = [&["pin", "create", "ana"][..], args].concat();
        let refused = refusal(&run(data, &call), code);
        assert!(refused.contains(word), "{args:?}: {refused}");
    }
    refusal(&run(data, &["pin", "create", "ben", "--ticket", id]), 1);
}

#[test]
fn commands() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    stdout(&run(data, &["migrate"]));
    let unknown = refusal(&run(data, &["pin", "create", "ana"]), 1);
    assert!(unknown.contains("pindesk customer create ana"), "{unknown}");
    let customer: Value =
        serde_json::from_str(&stdout(&run(data, &["customer", "create", "ana", "--name", "Ana R", "--json"]))).unwrap();
    assert_eq!((&customer["username"], &customer["name"]), (&"ana".into(), &"Ana R".into()));
    assert!(refusal(&run(data, &["customer", "create", "Ana"]), 1).contains("username"));
    let unnamed: Value =
        serde_json::from_str(&stdout(&run(data, &["customer", "create", "--unnamed", "--json"]))).unwrap();
    assert!(unnamed["name"].as_str().unwrap().starts_with("Unknown person "), "{unnamed}");
    refusal(&run(data, &["customer", "create", "ana", "--unnamed"]), 2);
    refusal(&run(data, &["customer", "create"]), 2);
    let pins = stdout(&run(data, &["pin", "create", "ana", "--count", "3"]));
    assert_eq!(pins.lines().count(), 3);
    assert!(pins.lines().all(|pin| domain::Pin::parse(pin).is_ok()));
    let issued: Value =
        serde_json::from_str(&stdout(&run(data, &["pin", "create", "ana", "--ttl", "30m", "--json"]))).unwrap();
    assert_eq!(issued[0]["username"], "ana");
    assert!(issued[0]["expires_at"].as_str().unwrap().ends_with('Z'));
    let pin = pins.lines().next().unwrap();
    stdout(&run(data, &["pin", "revoke", pin]));
    refusal(&run(data, &["pin", "revoke", pin]), 1);
    assert!(stdout(&run(data, &["session", "end", "ana"])).contains("0 sessions"));
    refusal(&run(data, &["session", "end", "nobody"]), 1);
    let make = ["token", "create", "--name", "Phone system", "--ttl", "90d", "--user"];
    let no_staff = refusal(&run(data, &[&make[..], &["ana"]].concat()), 1);
    assert!(no_staff.contains("no active agent or admin"), "{no_staff}");
    refusal(&run(data, &[&make[..], &["nobody"]].concat()), 1);
    assert!(stdout(&run(data, &["token", "list"])).contains("no API tokens"));
    refusal(&run(data, &["token", "revoke", "1"]), 1);
    refusal(&run(data, &["pin", "create", "ana", "--ttl", "1s"]), 1);
    refusal(&run(data, &["pin", "create", "ana", "--ttl", "soon"]), 2);
    let long = stdout(&run(data, &["pin", "create", "ana", "--ttl", "90d"]));
    assert_eq!(long.len(), "SUP-XXXX-XXXX-XXXX".len(), "{long}");
    refusal(&run(data, &["createsuperuser", "--username", "root"]), 2);
    for (password, code) in [("short", 1), ("long enough", 0), ("long enough", 1)] {
        let mut child = pindesk(data)
            .args(["createsuperuser", "--username", "root", "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn wrong_settings_stop_the_start() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    for (name, value) in [("PINDESK_MAX_FILES", "0"), ("PINDESK_SECRET_KEY", "short")] {
        let output = pindesk(data).arg("serve").env(name, value).output().unwrap();
        assert!(refusal(&output, 1).contains(name));
    }
    assert!(refusal(&run(data, &["serve", "--max-files", "0"]), 2).contains("--max-files"));
    assert!(refusal(&run(data, &["serve", "--max-filez", "1"]), 2).contains("--max-filez"));
    std::fs::write(data.join("Leptos.toml"), "[pindesk]\nmax-filez = 3\n").unwrap();
    assert!(refusal(&run(data, &["migrate"]), 1).contains("max-filez"));
}

#[test]
fn variables_of_others_are_named_and_stop_nothing() {
    let data = tempfile::tempdir().unwrap();
    let foreign = [
        ("PINDESK_PORT", "tcp://10.0.0.1:80"),
        ("PINDESK_SERVICE_HOST", "10.0.0.1"),
        ("PINDESK_DATADIR", "/elsewhere"),
    ];
    let output = pindesk(data.path()).args(["customer", "create", "ana", "--json"]).envs(foreign).output().unwrap();
    assert!(stdout(&output).starts_with('{'), "standard output is the outcome alone");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(foreign.iter().all(|(name, _)| said.contains(name)), "{said}");
    assert!(said.contains("did you mean PINDESK_DATA_DIR?"), "{said}");
}

#[test]
fn whoever_else_is_on_the_machine_reads_nothing() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    fn walk(path: &Path, found: &mut Vec<String>) {
        let metadata = std::fs::metadata(path).unwrap();
        if metadata.mode() & 0o077 != 0 {
            found.push(format!("{} {:o}", path.display(), metadata.mode()));
        }
        if metadata.is_dir() {
            std::fs::read_dir(path).unwrap().for_each(|entry| walk(&entry.unwrap().path(), found));
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    std::fs::create_dir(&data).unwrap();
    set(&data, 0o755);
    let server = Server::start(&data, &[]);
    login(&data, &server);
    let mut open = Vec::new();
    walk(&data, &mut open);
    // The test's own file.
    open.retain(|line| !line.contains("greeted"));
    assert_eq!(open, Vec::<String>::new());
    drop(server);
    // A secret that others could read is closed to them, and it is said.
    let secret = data.join("secret");
    set(&secret, 0o644);
    let output = run(&data, &["session", "end", "ana"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("secret"), "{said}");
    assert_eq!(std::fs::metadata(&secret).unwrap().mode() & 0o777, 0o600);
    // Missing beside a database with people in it, it is not made anew, by no command.
    std::fs::remove_file(&secret).unwrap();
    for command in [&["serve"][..], &["pin", "create", "ana"], &["customer", "create", "bob"]] {
        let message = refusal(&run(&data, command), 1);
        assert!(message.contains("--new-secret"), "{message}");
        assert!(!secret.exists());
    }
    stdout(&run(&data, &["pin", "create", "ana", "--new-secret"]));
    stdout(&run(&data, &["pin", "create", "ana"]));
    // Nor is another one taken for it: PINs that were issued under it would never work.
    let own = std::fs::read_to_string(&secret).unwrap();
    std::fs::write(&secret, "x".repeat(64)).unwrap();
    for command in [&["serve"][..], &["pin", "create", "ana"], &["migrate"]] {
        let message = refusal(&run(&data, command), 1);
        assert!(message.contains("is not the one") && message.contains("--new-secret"), "{message}");
    }
    std::fs::write(&secret, own).unwrap();
    stdout(&run(&data, &["pin", "create", "ana"]));
}

#[test]
fn a_secret_of_somebody_else_is_refused() {
    let data = tempfile::tempdir().unwrap();
    stdout(&run(data.path(), &["migrate"]));
    let secret = data.path().join("secret");
    // Only root can give files away; others cannot come into this state by themselves.
    if std::os::unix::fs::chown(&secret, Some(4711), None).is_err() {
        return;
    }
    let message = refusal(&run(data.path(), &["pin", "create", "ana"]), 1);
    assert!(message.contains("4711") && message.contains("chown"), "{message}");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let data = tempfile::tempdir().unwrap();
    stdout(&run(data.path(), &["customer", "create", "ana"]));
    let mut child = pindesk(data.path())
        .args(["pin", "create", "ana", "--count", "1000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = refusal(&output, 1);
    assert!(said.contains("cannot print") && said.contains("revoke them") && !said.contains("panic"), "{said}");
}

/// What is written there finds a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_below_the_output_is_no_panic() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let data = tempfile::tempdir().unwrap();
    stdout(&run(data.path(), &["customer", "create", "ana"]));
    for args in [
        &["pin", "create", "ana"][..],
        &["pin", "create", "ana", "--json"],
        &["show-config"],
        &["show-config", "--markdown"],
    ] {
        // A PIN that nobody saw is a failure, and a warning that nobody can read is none.
        let output =
            pindesk(data.path()).args(args).env("PINDESK_PORT", "1").stdout(full()).stderr(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let output = pindesk(data.path()).args(args).stdout(full()).output().unwrap();
        assert!(refusal(&output, 1).contains("cannot print the outcome"), "{args:?}");
    }
    let output = pindesk(data.path()).args(["pin", "revoke", "SUP-0000-0000"]).stderr(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    // It serves all the same.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = pindesk(data.path());
    command.arg("serve").env("LEPTOS_SITE_ADDR", free.to_string()).stdout(full()).stderr(full());
    let server = Server { child: command.spawn().unwrap(), address: free, greeting: String::new() };
    let is_there = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        TcpStream::connect(free).is_ok()
    });
    assert!(is_there && server.get("/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn serves_greets_and_stops() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &[]);
    assert!(server.greeting.contains("/admin/set-up?token=") && server.greeting.contains("createsuperuser"));
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/").contains("<html"));
    let secret = data.path().join("secret");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&secret).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    server.terminate();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    is_one_file(data.path());
}

/// Who copies the database of a desk that was stopped has all of it.
fn is_one_file(data: &Path) {
    assert!(data.join("pindesk.db").exists());
    for beside in ["pindesk.db-wal", "pindesk.db-shm"] {
        assert!(!data.join(beside).exists(), "{beside} is left");
    }
}

#[test]
fn the_log_names_its_target_and_warns_of_a_proxy_once_a_minute() {
    for format in ["text", "json"] {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("log");
        let log = std::fs::File::create(&path).unwrap();
        let server = Server::logging(data.path(), &["--log-format", format], log.into());
        for _ in 0..5 {
            let answer = server.post("/api/users/login/", "x-forwarded-for: 203.0.113.9\r\n", "pin=SUP-0000-0000");
            assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        }
        drop(server);
        let log = std::fs::read_to_string(&path).unwrap();
        let lines = |part: &str| log.lines().filter(|line| line.contains(part)).collect::<Vec<_>>();
        let refused = lines("login_refused");
        assert_eq!(refused.len(), 5, "{log}");
        let target = if format == "json" { "\"target\":\"security\"" } else { " security: " };
        assert!(refused.iter().all(|line| line.contains(target)), "{refused:?}");
        // What the fifth request would say is said already.
        assert_eq!(lines("PINDESK_TRUSTED_PROXIES").len(), 1, "{log}");
        // The doctor knows of it, until the desk starts with other settings.
        let knows = || {
            let told = run(data.path(), &["doctor", "--json"]);
            let json: Value = serde_json::from_slice(&told.stdout).unwrap();
            json["findings"].as_array().unwrap().iter().any(|finding| finding["check"] == "proxies")
        };
        assert!(knows());
        let server = Server::start(data.path(), &["--trusted-proxies", "127.0.0.1"]);
        let answer = server.post("/api/users/login/", "x-forwarded-for: 203.0.113.9\r\n", "pin=SUP-0000-0000");
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        drop(server);
        assert!(!knows());
    }
}

#[test]
fn an_upload_under_way_finishes_when_the_server_stops() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &[]);
    let token = login(data.path(), &server);
    let mut stream = server.connect();
    let form = "--XX\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nT\r\n\
                --XX\r\ncontent-disposition: form-data; name=\"description\"\r\n\r\nD\r\n--XX--\r\n";
    let (first, rest) = form.split_at(70);
    write!(
        stream,
        "POST /api/tickets/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: multipart/form-data; boundary=XX\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        form.len()
    )
    .unwrap();
    // The server is in the middle of the request once it asks for the body.
    let mut answer = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.contains("100 Continue"), "{line}");
    stream.write_all(first.as_bytes()).unwrap();
    server.terminate();
    // It takes no new connections from now on, sooner or later.
    while TcpStream::connect(server.address).is_ok() {
        std::thread::yield_now();
    }
    stream.write_all(rest.as_bytes()).unwrap();
    let mut text = String::new();
    answer.read_to_string(&mut text).unwrap();
    assert!(text.contains("201 Created"), "{text}");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    is_one_file(data.path());
}

#[test]
fn a_stop_does_not_wait_for_streams() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), &["--shutdown-grace", "60"]);
    let token = login(data.path(), &server);
    let mut stream = server.connect();
    write!(stream, "GET /api/events/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n").unwrap();
    let mut answer = BufReader::new(stream);
    let mut text = String::new();
    while !text.contains("retry: 2000") {
        assert_ne!(answer.read_line(&mut text).unwrap(), 0, "{text}");
    }
    let asked = std::time::Instant::now();
    server.terminate();
    answer.read_to_string(&mut text).unwrap();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    is_one_file(data.path());
    assert!(asked.elapsed().as_secs() < 10, "it waited {:?}", asked.elapsed());
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_sent() {
    const DECLARED: usize = 200 * 1024 * 1024;
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let token = login(data.path(), &server);
    let mut stream = server.connect();
    write!(
        stream,
        "POST /api/tickets/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: multipart/form-data; boundary=XX\r\ncontent-length: {DECLARED}\r\n\r\n\
         --XX\r\ncontent-disposition: form-data; name=\"attachments\"; filename=\"big.png\"\r\n\r\n"
    )
    .unwrap();
    stream.write_all(b"\x89PNG\r\n\x1A\n").unwrap();
    let reader = std::thread::spawn({
        let mut stream = stream.try_clone().unwrap();
        move || {
            let mut answer = Vec::new();
            // A reset at the end is no matter once the answer is there.
            let _ = stream.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        }
    });
    let zeros = vec![0; 64 * 1024];
    let mut sent = 0;
    while sent < DECLARED && stream.write_all(&zeros).is_ok() {
        sent += zeros.len();
    }
    let answer = reader.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(answer.contains("big.png"), "{answer}");
    // The limit of a file, what is thrown away after it, and what fits into the buffers of the two ends.
    assert!(sent < 64 * 1024 * 1024, "{sent} bytes were taken");
}

#[test]
fn a_desk_is_backed_up_checked_and_restored() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    // There is nothing yet.
    refusal(&run(data, &["backup"]), 1);
    assert!(!data.join("pindesk.db").exists());
    refusal(&run(data, &["healthcheck", "--site-addr", "127.0.0.1:1"]), 1);
    stdout(&run(data, &["customer", "create", "ana"]));
    let pin = stdout(&run(data, &["pin", "create", "ana"]));
    stdout(&run(data, &["doctor"]));
    let server = Server::start(data, &[]);
    assert_eq!(stdout(&run(data, &["healthcheck", "--site-addr", &server.address.to_string()])), "ok");
    let file = data.join("backups/desk.tar");
    std::fs::create_dir(data.join("backups")).unwrap();
    let file = file.to_str().unwrap();
    assert!(stdout(&run(data, &["backup", "--to", file])).contains(file));
    let nowhere = data.join("not/there/desk.tar");
    let nowhere = nowhere.to_str().unwrap();
    assert!(refusal(&run(data, &["backup", "--to", nowhere]), 1).contains("no such folder"));
    assert!(refusal(&run(data, &["backup", "verify", nowhere]), 1).contains("there is no backup"));
    assert_eq!(stdout(&run(data, &["backup", "verify", file])).lines().count(), 1);
    let beside = refusal(&run(data, &["restore", file, "--replace"]), 1);
    assert!(beside.contains("Stop it first"), "{beside}");
    drop(server);
    assert!(refusal(&run(data, &["restore", file]), 1).contains("--replace"));
    std::fs::remove_file(data.join("greeted")).unwrap();
    let said = stdout(&run(data, &["restore", file, "--replace"]));
    assert!(said.contains("before-restore-") && said.contains("pindesk pin create ana"), "{said}");
    refusal(&run(data, &["pin", "revoke", &pin]), 1);
    // Files without a row wait for a word.
    assert_eq!(run(data, &["doctor"]).status.code(), Some(1));
    let json: Value = serde_json::from_slice(&run(data, &["doctor", "--json"]).stdout).unwrap();
    assert_eq!(json["findings"][0]["check"], "kept files");
    stdout(&run(data, &["doctor", "--fix"]));
    stdout(&run(data, &["doctor"]));
    let mut bytes = std::fs::read(file).unwrap();
    bytes[600] ^= 1;
    std::fs::write(file, bytes).unwrap();
    assert!(refusal(&run(data, &["backup", "verify", file]), 1).contains("damaged"));
    // A database that is none is a fault.
    std::fs::write(data.join("pindesk.db"), [7; 8192]).unwrap();
    assert_eq!(run(data, &["doctor"]).status.code(), Some(2));
}

#[test]
fn the_service_manager_is_told() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(crate::harness::LONG)).unwrap();
    let told = || {
        let mut bytes = [0; 200];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
    };
    let mut start = pindesk(data.path());
    start.arg("serve").env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "400000").stdout(Stdio::piped());
    let mut child = start.stderr(Stdio::null()).spawn().unwrap();
    assert_eq!(told(), "READY=1");
    assert_eq!([told(), told()], ["WATCHDOG=1", "WATCHDOG=1"]);
    assert!(Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap().success());
    let mut last = told();
    while last == "WATCHDOG=1" {
        last = told();
    }
    assert_eq!(last, "STOPPING=1");
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_secret_comes_as_a_credential() {
    let (data, credentials) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(credentials.path().join("secret-key"), format!("{}\n", "x".repeat(40))).unwrap();
    let with = |args: &[&str]| {
        pindesk(data.path()).args(args).env("CREDENTIALS_DIRECTORY", credentials.path()).output().unwrap()
    };
    stdout(&with(&["customer", "create", "ana"]));
    assert!(!data.path().join("secret").exists(), "the desk made none of its own");
    let pin = stdout(&with(&["pin", "create", "ana"]));
    let refused = refusal(&run(data.path(), &["pin", "revoke", &pin]), 1);
    assert!(refused.contains("secret"), "{refused}");
}
