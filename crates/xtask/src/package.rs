//! The release as others install it: a tar.gz, a Debian package, an image that needs no daemon to be made, a list of what is inside
//! them, and their sums.

mod deb;
mod image;

use crate::{
    Result, release, repo,
    run::{self, command, say},
    tools,
};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

/// The program and what is known of it.
struct Program {
    binary: PathBuf,
    version: String,
    /// As Debian calls the machine: `amd64`, `arm64`.
    arch: String,
    /// The newest glibc that it asks for, as in `2.34`.
    glibc: String,
}

impl Program {
    fn named(&self, ending: &str) -> String {
        format!("pindesk_{}_{}{ending}", self.version, self.arch)
    }
}

/// Builds the release, and of it all there is to hand out, in `target/package`.
///
/// # Errors
/// When the build or a program of Debian's fails.
pub fn package() -> Result {
    release::build(false)?;
    say("Making the packages; half a minute");
    let manifest = fs::read_to_string(repo::root().join("Cargo.toml"))?;
    let binary = repo::binary();
    let program = Program {
        version: version(&manifest).ok_or("Cargo.toml has no version")?.to_owned(),
        arch: run::output(command("dpkg").arg("--print-architecture"))?.trim().to_owned(),
        glibc: newest_glibc(&fs::read(&binary)?).ok_or("the program names no version of glibc")?,
        binary,
    };
    let to = repo::target().join("package");
    fresh(&to)?;
    archive(&program, &to)?;
    deb::make(&program, &to)?;
    image::make(&program, &to)?;
    bill_of_materials(&program, &to)?;
    sums(&to)?;
    say(format_args!("Made, in {}:", to.display()));
    run::run(command("ls").args(["-l", "--human-readable"]).arg(&to))
}

/// An empty folder.
fn fresh(folder: &Path) -> Result {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// The workspace's version, in the text of the root's Cargo.toml.
fn version(manifest: &str) -> Option<&str> {
    manifest.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}

/// A program names each version of glibc that one of its symbols came with.
fn newest_glibc(program: &[u8]) -> Option<String> {
    let mark = b"GLIBC_2.";
    let after = |at: usize| program[at + mark.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    let minor = |at: usize| String::from_utf8(after(at).copied().collect()).ok()?.parse::<u32>().ok();
    let places = program.windows(mark.len()).enumerate().filter(|(_, window)| *window == mark);
    let newest = places.filter_map(|(at, _)| minor(at)).max()?;
    Some(format!("2.{newest}"))
}

/// Copies a file of the checkout, or the program, with a mode.
fn install(from: &Path, to: &Path, mode: u32) -> Result {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).map_err(|error| format!("{} cannot be copied: {error}", from.display()))?;
    Ok(fs::set_permissions(to, fs::Permissions::from_mode(mode))?)
}

/// `tar`, of files that are root's, in one order and at one time: the same release gives the same bytes.
fn tar(folder: &Path) -> std::process::Command {
    let mut tar = command("tar");
    tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--format=gnu"]);
    tar.arg("--directory").arg(folder);
    tar
}

fn archive(program: &Program, to: &Path) -> Result {
    let work = to.join("work");
    let name = program.named("");
    let inside = work.join(&name);
    install(&program.binary, &inside.join("pindesk"), 0o755)?;
    let root = repo::root();
    for (file, mode) in
        [("deploy/pindesk.service", 0o644), ("deploy/pindesk.env", 0o640), ("README.md", 0o644), ("LICENSE", 0o644)]
    {
        let target = Path::new(file).file_name().map_or_else(|| inside.clone(), |file| inside.join(file));
        install(&root.join(file), &target, mode)?;
    }
    run::run(tar(&work).arg("--gzip").arg("--create").arg("--file").arg(to.join(format!("{name}.tar.gz"))).arg(&name))?;
    Ok(fs::remove_dir_all(work)?)
}

/// What is compiled into the program, as CycloneDX.
fn bill_of_materials(program: &Program, to: &Path) -> Result {
    let tool = tools::cargo_cyclonedx()?;
    let name = program.named(".cdx");
    let mut list = command(tool);
    list.args(["cyclonedx", "--quiet", "--format=json", "--no-build-deps", "--target=all"]);
    list.arg(format!("--override-filename={name}")).arg("--manifest-path").arg(repo::root().join("server/Cargo.toml"));
    run::run(&mut list)?;
    // It writes beside each manifest of the workspace.
    let mut found = false;
    for manifest in run::output(command("git").args(["ls-files", "Cargo.toml", "*/Cargo.toml"]))?.lines() {
        let folder = repo::root().join(manifest);
        let Some(folder) = folder.parent() else { continue };
        let written = folder.join(format!("{name}.json"));
        if written.exists() {
            if folder.ends_with("server") {
                let list = without_place(&fs::read_to_string(&written)?, &repo::root());
                fs::write(to.join(format!("{name}.json")), list)?;
                found = true;
            }
            fs::remove_file(written)?;
        }
    }
    if found { Ok(()) } else { Err("cargo cyclonedx wrote no list for the server".into()) }
}

/// Where the checkout is on this machine is nobody's business.
fn without_place(list: &str, root: &Path) -> String {
    list.replace(&format!("file://{}", root.display()), "file://.")
}

fn sums(folder: &Path) -> Result {
    let mut names: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<Result<_>>()?;
    names.sort();
    let sums = run::output(command("sha256sum").args(names).current_dir(folder))?;
    Ok(fs::write(folder.join("SHA256SUMS"), sums)?)
}

/// The SHA-256 of a file, as hexadecimal digits.
fn sha256(file: &Path) -> Result<String> {
    let line = run::output(command("sha256sum").arg(file))?;
    let sum = line.split_whitespace().next().filter(|sum| sum.len() == 64);
    Ok(sum.ok_or_else(|| format!("sha256sum said \"{line}\" of {}", file.display()))?.to_owned())
}

/// Runs without showing what it prints.
fn quiet(command: &mut std::process::Command) -> Result {
    run::run(command.stdout(Stdio::null()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_is_found_by_number() {
        let program = b"\0GLIBC_2.4\0x\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE\0";
        assert_eq!(newest_glibc(program).as_deref(), Some("2.34"));
        assert_eq!(newest_glibc(b"static"), None);
    }

    #[test]
    fn a_list_does_not_say_where_it_was_made() {
        let list = r#""bom-ref": "path+file:///home/eva/pindesk/server#0.1.0""#;
        let expected = r#""bom-ref": "path+file://./server#0.1.0""#;
        assert_eq!(without_place(list, Path::new("/home/eva/pindesk")), expected);
    }

    #[test]
    fn the_version_is_the_workspaces() {
        let manifest = fs::read_to_string(repo::root().join("Cargo.toml")).unwrap();
        assert!(version(&manifest).unwrap().starts_with(|sign: char| sign.is_ascii_digit()));
    }
}
