//! The image, written as an OCI layout: a layer with Debian's C library, one with the program. No shell is in it, and nobody is
//! root. `docker load`, `podman load` and `skopeo copy oci-archive:…` take it.

use super::{Program, fresh, install, quiet, sha256, tar};
use crate::{Result, run::command};
use std::{fs, os::unix::fs::symlink, path::Path};

/// What the program is linked to.
const PACKAGES: [&str; 2] = ["libc6", "libgcc-s1"];
/// Who runs it, as in the Containerfile.
const USER: u32 = 10001;
const DATA: &str = "var/lib/pindesk";
/// Of a package nobody reads these in an image.
const UNREAD: [&str; 3] = ["usr/share/doc", "usr/share/lintian", "usr/lib/x86_64-linux-gnu/gconv"];

/// A layer: its file's digest, the digest of what is in it, its bytes.
struct Layer {
    digest: String,
    inside: String,
    size: u64,
}

pub(super) fn make(program: &Program, to: &Path) -> Result {
    let work = to.join("work");
    fresh(&work)?;
    let layout = work.join("layout");
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;

    let (base, own) = (work.join("base"), work.join("own"));
    debian(&work, &base)?;
    install(&program.binary, &own.join("usr/local/bin/pindesk"), 0o755)?;
    fs::create_dir_all(own.join("etc"))?;
    fs::write(own.join("etc/passwd"), format!("pindesk:x:{USER}:{USER}::/{DATA}:/nonexistent\n"))?;
    fs::write(own.join("etc/group"), format!("pindesk:x:{USER}:\n"))?;

    let layers = [layer(&base, &[], &work, &blobs)?, layer(&own, &["tmp", DATA], &work, &blobs)?];
    let config = blob(&config(program, &layers), &work, &blobs)?;
    let manifest = blob(&manifest(&config, &layers), &work, &blobs)?;
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    fs::write(layout.join("index.json"), index(&manifest, &program.version))?;
    quiet(tar(&layout).arg("--create").arg("--file").arg(to.join(program.named(".oci.tar"))).arg("."))?;
    Ok(fs::remove_dir_all(work)?)
}

/// The files of Debian's packages, without what nobody reads.
fn debian(work: &Path, base: &Path) -> Result {
    let packages = work.join("packages");
    fresh(&packages)?;
    quiet(command("apt-get").args(["--quiet", "download"]).args(PACKAGES).current_dir(&packages))?;
    for package in fs::read_dir(&packages)? {
        quiet(command("dpkg-deb").arg("--extract").arg(package?.path()).arg(base))?;
    }
    for folder in UNREAD.iter().map(|folder| base.join(folder)).filter(|folder| folder.exists()) {
        fs::remove_dir_all(folder)?;
    }
    // Newer packages count on these.
    for name in ["lib", "lib64"].iter().filter(|name| !base.join(name).exists()) {
        symlink(Path::new("usr").join(name), base.join(name))?;
    }
    Ok(())
}

/// Packs a folder as a layer. `owned` are empty folders of who runs the program.
fn layer(folder: &Path, owned: &[&str], work: &Path, blobs: &Path) -> Result<Layer> {
    let packed = work.join("layer.tar");
    quiet(tar(folder).arg("--create").arg("--file").arg(&packed).arg("."))?;
    for name in owned {
        let place = work.join("owned").join(name);
        fs::create_dir_all(&place)?;
        let (owner, group) = (format!("--owner={USER}"), format!("--group={USER}"));
        let mut append = tar(&work.join("owned"));
        append.args([owner, group]).args(["--mode=0700", "--no-recursion", "--append"]);
        quiet(append.arg("--file").arg(&packed).arg(format!("./{name}")))?;
    }
    let inside = sha256(&packed)?;
    quiet(command("gzip").args(["--no-name", "--force"]).arg(&packed))?;
    let packed = work.join("layer.tar.gz");
    let (digest, size) = (sha256(&packed)?, fs::metadata(&packed)?.len());
    fs::rename(&packed, blobs.join(&digest))?;
    Ok(Layer { digest, inside, size })
}

/// A blob that is text.
struct Blob {
    digest: String,
    size: usize,
}

fn blob(text: &str, work: &Path, blobs: &Path) -> Result<Blob> {
    let draft = work.join("blob");
    fs::write(&draft, text)?;
    let digest = sha256(&draft)?;
    fs::rename(draft, blobs.join(&digest))?;
    Ok(Blob { digest, size: text.len() })
}

/// OCI's image configuration; `Healthcheck` is Docker's, and others pass over it.
fn config(program: &Program, layers: &[Layer]) -> String {
    let inside: Vec<String> = layers.iter().map(|layer| format!(r#""sha256:{}""#, layer.inside)).collect();
    format!(
        r#"{{"architecture":"{}","os":"linux","created":"1970-01-01T00:00:00Z","config":{{"User":"{USER}:{USER}","ExposedPorts":{{"8000/tcp":{{}}}},"Env":["PATH=/usr/local/bin","LEPTOS_SITE_ADDR=0.0.0.0:8000","PINDESK_DATA_DIR=/{DATA}"],"Entrypoint":["/usr/local/bin/pindesk"],"Cmd":["serve"],"Volumes":{{"/{DATA}":{{}}}},"WorkingDir":"/{DATA}","StopSignal":"SIGTERM","Labels":{{"org.opencontainers.image.title":"Pindesk","org.opencontainers.image.version":"{}","org.opencontainers.image.licenses":"MIT OR Apache-2.0"}},"Healthcheck":{{"Test":["CMD","/usr/local/bin/pindesk","healthcheck"],"Interval":30000000000,"Timeout":5000000000,"StartPeriod":30000000000}}}},"rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
        program.arch,
        program.version,
        inside.join(",")
    )
}

fn manifest(config: &Blob, layers: &[Layer]) -> String {
    let of = |Layer { digest, size, .. }: &Layer| {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:{digest}","size":{size}}}"#
        )
    };
    let layers: Vec<String> = layers.iter().map(of).collect();
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{}","size":{}}},"layers":[{}]}}"#,
        config.digest,
        config.size,
        layers.join(",")
    )
}

fn index(manifest: &Blob, version: &str) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{}","size":{},"annotations":{{"org.opencontainers.image.ref.name":"{version}","io.containerd.image.name":"docker.io/library/pindesk:latest"}}}}]}}"#,
        manifest.digest, manifest.size
    )
}
