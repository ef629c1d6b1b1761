//! The programs under load: started on a free port, asked for their memory, killed at the end.

use crate::client::Client;
use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use xtask::{
    Result,
    run::{self, command},
};

/// The command line and the server of Pindesk, on one data folder.
pub(crate) struct Pindesk {
    binary: PathBuf,
    data: PathBuf,
    database: Option<String>,
}

impl Pindesk {
    /// With a new data folder in `dir`; `database` names another database than SQLite's file there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn new(binary: PathBuf, dir: &Path, database: Option<String>) -> Result<Self> {
        let data = dir.join("data");
        // As the desk asks for it, which would say so at each command.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&data)?;
        Ok(Self { binary, data, database })
    }

    /// The file of the SQLite database.
    pub(crate) fn database_file(&self) -> PathBuf {
        self.data.join("pindesk.db")
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// `pindesk` with these settings and no others.
    #[expect(clippy::disallowed_methods, reason = "to take them all away")]
    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.binary);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("PINDESK_") || text.starts_with("LEPTOS_") {
                command.env_remove(&name);
            }
        }
        // Away from the checkout's settings file.
        command.args(args).current_dir(&self.data).env("PINDESK_DATA_DIR", &self.data);
        if let Some(database) = &self.database {
            command.env("PINDESK_DATABASE_URL", database);
        }
        command
    }

    /// What `pindesk` prints.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn run(&self, args: &[&str]) -> Result<String> {
        run::output(&mut self.command(args))
    }

    /// Makes an admin.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn create_admin(&self, username: &str, password: &str) -> Result {
        let mut command = self.command(&["createsuperuser", "--username", username, "--password-stdin"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        if let Some(mut typed) = child.stdin.take() {
            writeln!(typed, "{password}")?;
        }
        let status = child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("no admin was made: {status}").into()) }
    }

    /// `pindesk serve`, once it answers.
    ///
    /// # Errors
    /// When it stops, or does not answer within half a minute.
    #[expect(clippy::disallowed_methods, reason = "nothing else is to be done meanwhile")]
    pub(crate) fn serve(&self) -> Result<Server> {
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let log = self.data.join("log");
        let out = fs::File::create(&log)?;
        let mut serve = self.command(&["serve"]);
        // Tokens outlive a long run, and one session does the work of many.
        serve.env("LEPTOS_SITE_ADDR", address.to_string()).env("PINDESK_ACCESS_TOKEN_LIFE", "1d");
        serve.env("PINDESK_WRITES_PER_MINUTE", "1000000").env("PINDESK_READS_PER_MINUTE", "1000000");
        serve.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        let child = serve.spawn().map_err(|e| format!("cannot start {}: {e}", self.binary.display()))?;
        let mut server = Server { address, child };
        let client = Client::new(address);
        let start = Instant::now();
        while client.get("/readyz", None).is_err() {
            if server.child.try_wait()?.is_some() || start.elapsed() > Duration::from_secs(30) {
                return Err(format!("the server did not start; it said: {}", fs::read_to_string(&log)?).into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }
}

/// A running server; killed when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// The bare server of the comparison, with the list of this user and files at `origin`. It prints its address once it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn baseline(binary: &Path, database: &Path, user: i64, origin: &str) -> Result<Self> {
        let mut baseline = command(binary);
        baseline.arg(database).arg(user.to_string()).arg(origin).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = baseline.spawn().map_err(|e| format!("cannot start {}: {e}", binary.display()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        // Made before the address is read, so that a failure kills it.
        let mut server = Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), child };
        server.address = line.trim().parse().map_err(|_| "the baseline did not start; above is what it said")?;
        Ok(server)
    }

    /// A page of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Begins to look for the peak of its memory anew, where the system allows.
    pub(crate) fn forget_peak(&self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }

    /// The most memory it held at once, in kB; none where the system does not tell.
    pub(crate) fn peak(&self) -> Option<u64> {
        peak(&fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn peak(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_peak() {
        let status = "Name:\tpindesk\nVmPeak:\t  300000 kB\nVmHWM:\t   25124 kB\nVmRSS:\t   20000 kB\n";
        assert_eq!(peak(status), Some(25124));
        assert_eq!(peak("Name:\tpindesk\n"), None);
    }
}
