//! The tools of the build, each in one exact version, in a folder of the user's that outlives the checkout.

use crate::{
    Result, repo,
    run::{self, cargo, command, say},
    system,
};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The newest that builds with the `rust-version` of this workspace.
const CARGO_LEPTOS: &str = "0.3.10";
/// wasm-opt comes in this npm package; Debian's own is too old for what rustc emits.
const BINARYEN: &str = "132.0.0";
const WASM: &str = "wasm32-unknown-unknown";
/// Looks for typing errors; a Python package, because from source it takes minutes.
const TYPOS: &str = "1.52.0";
/// Looks for dependencies that nothing uses.
const CARGO_MACHETE: &str = "0.9.2";
/// Lists what is compiled into the program, for `cargo xtask package` alone.
const CARGO_CYCLONEDX: &str = "0.5.9";

/// What builds the site and the server.
pub struct Build {
    cargo_leptos: PathBuf,
    path: OsString,
}

impl Build {
    /// `cargo leptos`, which finds the other tools on its PATH and so downloads none.
    pub fn cargo_leptos(&self) -> Command {
        let mut command = command(&self.cargo_leptos);
        command.env("PATH", &self.path);
        command
    }
}

/// The tools of the build; installs those that are missing.
///
/// # Errors
/// When one cannot be installed.
pub fn build() -> Result<Build> {
    wasm_target()?;
    let bindgen = wasm_bindgen()?;
    let opt = wasm_opt()?;
    let cargo_leptos = cargo_leptos()?;
    let dirs = [&cargo_leptos, &bindgen, &opt].into_iter().filter_map(|tool| tool.parent().map(Path::to_owned));
    Ok(Build { path: run::path_with(dirs.collect())?, cargo_leptos })
}

/// Installs all there is and prints where it is.
///
/// # Errors
/// When one cannot be installed.
pub fn all() -> Result {
    println!("{WASM}  {}", wasm_target()?.display());
    println!("wasm-bindgen  {}", wasm_bindgen()?.display());
    println!("wasm-opt  {}", wasm_opt()?.display());
    println!("cargo-leptos  {}", cargo_leptos()?.display());
    println!("typos  {}", typos()?.display());
    println!("cargo-machete  {}", cargo_machete()?.display());
    println!("npm  {}", system::npm()?.display());
    println!("Chromium  {}", system::chromium()?.display());
    println!("PostgreSQL  {}", system::postgres_bin()?.display());
    Ok(())
}

/// Says so when this Rust is not the one that the checks are meant for: another one formats and warns otherwise. It is no
/// failure, and no file makes rustup fetch another one: an older one cargo refuses, and a newer one builds the desk as well.
///
/// # Errors
/// When Rust does not tell its version.
pub fn compare_rust() -> Result {
    let manifest = fs::read_to_string(repo::root().join("Cargo.toml"))?;
    let meant = repo::rust_version(&manifest).ok_or("Cargo.toml has no rust-version")?;
    let version = run::output(rustc().arg("--version"))?;
    if !version.split(' ').nth(1).is_some_and(|found| found.starts_with(&format!("{meant}."))) {
        say(format_args!(
            "The checks are meant for Rust {meant}, and this is {}: it may find other things",
            version.trim()
        ));
    }
    Ok(())
}

fn rustc() -> Command {
    command(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// The browser's standard library.
///
/// # Errors
/// When it is missing and rustup cannot add it.
pub fn wasm_target() -> Result<PathBuf> {
    let sysroot = run::output(rustc().args(["--print", "sysroot"]))?;
    let dir = Path::new(sysroot.trim()).join("lib/rustlib").join(WASM);
    if !dir.join("lib").is_dir() {
        say(format_args!("Adding the target {WASM} with rustup, a few seconds"));
        run::run(command("rustup").args(["target", "add", WASM])).map_err(|error| {
            format!("{error}. The browser side needs {WASM}: run `rustup target add {WASM}`, or install it as you installed Rust")
        })?;
    }
    Ok(dir)
}

fn cargo_leptos() -> Result<PathBuf> {
    cargo_tool("cargo-leptos", "cargo-leptos", CARGO_LEPTOS, true, "10 minutes on two cores, once")
}

fn wasm_bindgen() -> Result<PathBuf> {
    let lock = repo::root().join("Cargo.lock");
    let text = fs::read_to_string(&lock).map_err(|e| format!("cannot read {}: {e}", lock.display()))?;
    let version = repo::locked_version(&text, "wasm-bindgen").ok_or("Cargo.lock has no wasm-bindgen")?;
    // Its own lock file names a crate that was never released.
    cargo_tool("wasm-bindgen-cli", "wasm-bindgen", version, false, "2 minutes on two cores, once")
}

/// typos; its settings are in typos.toml.
///
/// # Errors
/// When it cannot be installed.
pub fn typos() -> Result<PathBuf> {
    let dir = dir("typos", TYPOS)?;
    let tool = dir.join("bin/typos");
    if tool.is_file() {
        return Ok(tool);
    }
    let python = system::python()?;
    say(format_args!("Installing typos {TYPOS}, about 10 seconds, once"));
    run::run(command(python).args(["-m", "venv"]).arg(&dir))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    run::run(command(dir.join("bin/python")).args(pip).arg(format!("typos=={TYPOS}")))?;
    Ok(tool)
}

/// cargo-machete.
///
/// # Errors
/// When it cannot be installed.
pub fn cargo_machete() -> Result<PathBuf> {
    cargo_tool("cargo-machete", "cargo-machete", CARGO_MACHETE, true, "2 minutes on two cores, once")
}

/// cargo-cyclonedx.
///
/// # Errors
/// When it cannot be installed.
pub fn cargo_cyclonedx() -> Result<PathBuf> {
    cargo_tool("cargo-cyclonedx", "cargo-cyclonedx", CARGO_CYCLONEDX, true, "2 minutes on two cores, once")
}

fn cargo_tool(package: &str, program: &str, version: &str, locked: bool, time: &str) -> Result<PathBuf> {
    let dir = dir(package, version)?;
    let tool = dir.join("bin").join(program);
    if tool.is_file() {
        return Ok(tool);
    }
    say(format_args!("Installing {package} {version}, about {time}"));
    let mut install = cargo();
    install.args(["install", package, "--version", &format!("={version}"), "--root"]).arg(&dir);
    if locked {
        install.arg("--locked");
    }
    // Away from the checkout and its settings; built to be installed soon rather than to run fast.
    install
        .current_dir(&dir)
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        .env("CARGO_PROFILE_RELEASE_LTO", "false")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    run::run(&mut install)?;
    Ok(tool)
}

fn wasm_opt() -> Result<PathBuf> {
    let dir = dir("binaryen", BINARYEN)?;
    let tool = dir.join("node_modules/.bin/wasm-opt");
    if tool.is_file() {
        return Ok(tool);
    }
    let npm = system::npm()?;
    say(format_args!("Installing wasm-opt (binaryen {BINARYEN}), about 10 seconds, once"));
    let package = format!("binaryen@{BINARYEN}");
    run::run(command(npm).args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&dir).arg(package))?;
    run::run(command(&tool).arg("--version"))?;
    Ok(tool)
}

/// The tool's folder, made when missing.
fn dir(tool: &str, version: &str) -> Result<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME")
        .or_else(|| Some(set("HOME")?.join(".local/share")))
        .ok_or("neither HOME nor XDG_DATA_HOME is set: set one, the tools are kept there")?;
    let dir = data.join("pindesk/tools").join(format!("{tool}-{version}"));
    fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_are_written_twice_are_the_same() {
        let read = |name: &str| fs::read_to_string(repo::root().join(name)).unwrap();
        assert!(read(".pre-commit-config.yaml").contains(&format!("[typos=={TYPOS}]")));
        let manifest = read("Cargo.toml");
        let rust = repo::rust_version(&manifest).unwrap();
        assert!(read("Containerfile").contains(&format!("/rust:{rust}-")));
    }
}
