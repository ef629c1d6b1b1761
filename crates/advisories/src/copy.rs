//! The kept copy: a line for each advisory, its fields separated by tabs.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use semver::VersionReq;
use serde::Deserialize;

use crate::lock::Package;

const TITLE: &str = "# RustSec advisories as of ";

/// What is kept of the database.
#[derive(Debug)]
pub(crate) struct Copy {
    /// The date of the newest advisory in it.
    pub(crate) date: String,
    pub(crate) advisories: Vec<Advisory>,
}

/// One advisory.
#[derive(Debug)]
pub(crate) struct Advisory {
    pub(crate) id: String,
    package: String,
    /// `vulnerability`, or what it informs of: `unmaintained`, `unsound`, `notice`.
    pub(crate) kind: String,
    patched: Vec<VersionReq>,
    unaffected: Vec<VersionReq>,
    pub(crate) title: String,
}

impl Advisory {
    /// Whether this package has what the advisory tells of.
    pub(crate) fn applies(&self, package: &Package) -> bool {
        let has = |ranges: &[VersionReq]| ranges.iter().any(|range| range.matches(&package.version));
        self.package == package.name && !has(&self.patched) && !has(&self.unaffected)
    }
}

impl Copy {
    /// # Errors
    /// Naming the line that cannot be read.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let date =
            lines.next().and_then(|line| line.strip_prefix(TITLE)).ok_or("the copy has no date in its first line")?;
        let advisories = lines.filter(|line| !line.starts_with('#')).map(read_line).collect::<Result<_, _>>()?;
        Ok(Self { date: date.to_owned(), advisories })
    }

    pub(crate) fn write(&self) -> String {
        let mut text = format!(
            "{TITLE}{}\n\
             # From https://github.com/rustsec/advisory-db (CC0-1.0; those taken over from GitHub's database CC-BY-4.0, see there).\n",
            self.date
        );
        for advisory in &self.advisories {
            let ranges = |ranges: &[VersionReq]| ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(";");
            let Advisory { id, package, kind, title, .. } = advisory;
            let (patched, unaffected) = (ranges(&advisory.patched), ranges(&advisory.unaffected));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{id}\t{package}\t{kind}\t{patched}\t{unaffected}\t{title}");
        }
        text
    }

    /// Reads the advisories of crates in a checkout of the database; those that were withdrawn are left out.
    ///
    /// # Errors
    /// Naming the file that cannot be read.
    pub(crate) fn from_checkout(folder: &Path) -> Result<Self, String> {
        let mut advisories = Vec::new();
        let mut date = String::new();
        for package in entries(&folder.join("crates"))? {
            for file in entries(&package)?.into_iter().filter(|file| file.extension().is_some_and(|e| e == "md")) {
                let failed = |error: String| format!("{}: {error}", file.display());
                let text = fs::read_to_string(&file).map_err(|error| failed(error.to_string()))?;
                let (day, advisory) = from_markdown(&text).map_err(failed)?;
                date = date.max(day);
                advisories.extend(advisory);
            }
        }
        advisories.sort_by(|a, b| (&a.package, &a.id).cmp(&(&b.package, &b.id)));
        Ok(Self { date, advisories })
    }
}

fn read_line(line: &str) -> Result<Advisory, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [id, package, kind, patched, unaffected, title] = fields[..] else {
        return Err(format!("the copy has a line that cannot be read: {line}"));
    };
    let ranges = |text: &str| -> Result<Vec<VersionReq>, String> {
        let texts = text.split(';').filter(|range| !range.is_empty());
        texts.map(|range| VersionReq::parse(range).map_err(|error| format!("{id}: {error}"))).collect()
    };
    Ok(Advisory {
        id: id.to_owned(),
        package: package.to_owned(),
        kind: kind.to_owned(),
        patched: ranges(patched)?,
        unaffected: ranges(unaffected)?,
        title: title.to_owned(),
    })
}

#[derive(Deserialize)]
struct Front {
    advisory: Metadata,
    #[serde(default)]
    versions: Versions,
}

#[derive(Deserialize)]
struct Metadata {
    id: String,
    package: String,
    date: String,
    informational: Option<String>,
    withdrawn: Option<String>,
}

#[derive(Deserialize, Default)]
struct Versions {
    #[serde(default)]
    patched: Vec<VersionReq>,
    #[serde(default)]
    unaffected: Vec<VersionReq>,
}

/// An advisory as the database writes it: TOML in a fence, then Markdown whose first heading is the title.
fn from_markdown(text: &str) -> Result<(String, Option<Advisory>), String> {
    let (front, rest) = text
        .trim_start()
        .strip_prefix("```toml")
        .and_then(|text| text.split_once("\n```"))
        .ok_or("it does not begin with its description in TOML")?;
    let Front { advisory, versions } = toml::from_str(front).map_err(|error| error.to_string())?;
    let title = rest.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().replace('\t', " ");
    let kept = advisory.withdrawn.is_none().then(|| Advisory {
        id: advisory.id,
        package: advisory.package,
        kind: advisory.informational.unwrap_or_else(|| "vulnerability".to_owned()),
        patched: versions.patched,
        unaffected: versions.unaffected,
        title: title.trim().to_owned(),
    });
    Ok((advisory.date, kept))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;

    const ADVISORY: &str = r#"```toml
[advisory]
id = "RUSTSEC-2024-0001"
package = "printer"
date = "2024-05-06"
url = "https://example.org"

[affected]
arch = ["x86"]

[versions]
patched = [">= 1.2.3", "^0.9.7"]
unaffected = ["< 0.5.0"]
```

# Pages	may catch fire

# Another heading

Words.
"#;

    #[test]
    fn an_advisory_is_read_as_the_database_writes_it() {
        let (date, advisory) = from_markdown(ADVISORY).unwrap();
        let advisory = advisory.unwrap();
        assert_eq!(date, "2024-05-06");
        let Advisory { id, package, kind, title, .. } = &advisory;
        assert_eq!(
            [id.as_str(), package, kind, title],
            ["RUSTSEC-2024-0001", "printer", "vulnerability", "Pages may catch fire"]
        );
        for (version, applies) in
            [("1.2.2", true), ("1.2.3", false), ("0.9.7", false), ("0.9.6", true), ("0.4.0", false)]
        {
            let package = |name: &str| Package { name: name.to_owned(), version: Version::parse(version).unwrap() };
            assert_eq!(advisory.applies(&package("printer")), applies, "{version}");
            assert!(!advisory.applies(&package("plotter")));
        }
    }

    #[test]
    fn what_only_informs_says_of_what_and_what_was_withdrawn_is_left_out() {
        let with =
            |line: &str| from_markdown(&ADVISORY.replace("[affected]", &format!("{line}\n[affected]"))).unwrap().1;
        assert_eq!(with("informational = \"unmaintained\"").unwrap().kind, "unmaintained");
        assert!(with("withdrawn = \"2024-06-01\"").is_none());
    }

    #[test]
    fn what_is_no_advisory_is_refused() {
        for text in ["", "# Only words", "```toml\n[advisory]\n```\n# x", "```toml\n[advisory]"] {
            assert!(from_markdown(text).is_err(), "{text}");
        }
        assert!(from_markdown(&ADVISORY.replace(">= 1.2.3", "new ones")).is_err());
    }
}
