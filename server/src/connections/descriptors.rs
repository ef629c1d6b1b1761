//! Open files: every connection is one, and every download another.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is tried where there is no hard limit; the kernel has one of its own.
const WITHOUT_LIMIT: u64 = 1 << 20;

/// Raises the soft limit of open files to the hard one, and says how many connections fit: each may need a file of its own
/// to answer from, and the database, its connections and the uploads need some, too.
pub(crate) fn raise_open_files() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(WITHOUT_LIMIT);
    let raised = match current {
        Some(current) if current < wanted => {
            match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
                Ok(()) => wanted,
                Err(error) => {
                    tracing::warn!("cannot raise the limit of open files from {current} to {wanted}: {error}");
                    current
                }
            }
        }
        Some(current) => current,
        None => WITHOUT_LIMIT,
    };
    fitting(raised)
}

fn fitting(open_files: u64) -> usize {
    let reserve = (open_files / 8).clamp(32, 512);
    let connections = (open_files.saturating_sub(reserve) / 2).max(8);
    usize::try_from(connections).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_something_in_reserve() {
        assert_eq!(fitting(1024), 448);
        assert_eq!(fitting(65_536), 32_512);
        assert_eq!(fitting(0), 8);
        for limit in [64, 100, 256, 1024, 4096, 20_000] {
            assert!(2 * fitting(limit) as u64 + 32 <= limit, "{limit}");
        }
    }
}
