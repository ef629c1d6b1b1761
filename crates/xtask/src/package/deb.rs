//! The Debian package, put together by dpkg-deb, which every Debian has.

use super::{Program, fresh, install, quiet};
use crate::{
    Result, repo,
    run::{self, command},
    system,
};
use std::{fs, path::Path};

/// What of the checkout goes where.
const FILES: [(&str, &str, u32); 6] = [
    ("deploy/pindesk.service", "usr/lib/systemd/system/pindesk.service", 0o644),
    ("deploy/sysusers.conf", "usr/lib/sysusers.d/pindesk.conf", 0o644),
    // It may hold a password of the database.
    ("deploy/pindesk.env", "etc/pindesk/pindesk.env", 0o640),
    ("README.md", "usr/share/doc/pindesk/README.md", 0o644),
    ("CHANGELOG.md", "usr/share/doc/pindesk/CHANGELOG.md", 0o644),
    ("LICENSE", "usr/share/doc/pindesk/copyright", 0o644),
];
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

fn control(program: &Program, kilobytes: u64) -> String {
    let Program { version, arch, glibc, .. } = program;
    format!(
        "Package: pindesk
Version: {version}
Architecture: {arch}
Maintainer: Pindesk <pindesk@localhost>
Depends: libc6 (>= {glibc}), libgcc-s1
Recommends: systemd
Installed-Size: {kilobytes}
Section: web
Priority: optional
Description: support desk without customer passwords
 Staff issue a one-time Support PIN; whoever types it in is let in, opens
 tickets, attaches files and follows the answers. One program with an embedded
 database; PostgreSQL if you like.
"
    )
}

pub(super) fn make(program: &Program, to: &Path) -> Result {
    let work = to.join("work");
    fresh(&work)?;
    let root = repo::root();
    install(&program.binary, &work.join("usr/bin/pindesk"), 0o755)?;
    for (from, place, mode) in FILES {
        install(&root.join(from), &work.join(place), mode)?;
    }
    for script in SCRIPTS {
        install(&root.join("deploy/debian").join(script), &work.join("DEBIAN").join(script), 0o755)?;
    }
    let size = run::output(command("du").args(["--summarize", "--block-size=1024"]).arg(&work))?;
    let kilobytes = size.split_whitespace().next().and_then(|size| size.parse().ok()).unwrap_or_default();
    fs::write(work.join("DEBIAN/control"), control(program, kilobytes))?;
    fs::write(work.join("DEBIAN/conffiles"), "/etc/pindesk/pindesk.env\n")?;
    let package = to.join(program.named(".deb"));
    quiet(
        command("dpkg-deb")
            .args(["--root-owner-group", "-Zxz", "--build"])
            .arg(&work)
            .arg(&package)
            // The time in its members: the same release gives the same bytes.
            .env("SOURCE_DATE_EPOCH", "0"),
    )?;
    fs::remove_dir_all(&work)?;
    try_it(program, &package, to)
}

/// Unpacks it elsewhere and lets the program speak, in that root where one may.
fn try_it(program: &Program, package: &Path, to: &Path) -> Result {
    let root = to.join("root");
    fresh(&root)?;
    quiet(command("dpkg-deb").arg("--extract").arg(package).arg(&root))?;
    let said = run::output(command(root.join("usr/bin/pindesk")).arg("--version"))?;
    let expected = format!("pindesk {}", program.version);
    if said.trim() != expected {
        return Err(format!("the program in the package says \"{}\", not \"{expected}\"", said.trim()).into());
    }
    if run::on_path(&["systemd-analyze"]).is_some() && system::is_root()? {
        let unit = root.join("usr/lib/systemd/system/pindesk.service");
        let mut verify = command("systemd-analyze");
        quiet(verify.args(["verify", "--recursive-errors=no", "--root"]).arg(&root).arg(unit))?;
    }
    Ok(fs::remove_dir_all(root)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_file_has_what_dpkg_asks_for() {
        let program =
            Program { binary: "pindesk".into(), version: "1.2.3".into(), arch: "amd64".into(), glibc: "2.34".into() };
        let control = control(&program, 7);
        assert!(control.contains("Version: 1.2.3\n") && control.contains("libc6 (>= 2.34)"), "{control}");
        assert!(control.lines().all(|line| line.contains(": ") || line.starts_with(' ')), "{control}");
    }

    #[test]
    fn what_is_packed_is_there() {
        for (from, ..) in FILES {
            assert!(repo::root().join(from).is_file(), "{from}");
        }
        for script in SCRIPTS {
            assert!(repo::root().join("deploy/debian").join(script).is_file(), "{script}");
        }
    }
}
