//! Counting tests in the output of `cargo test` and Playwright.

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Succeeded, at the latest when tried again.
    pub(crate) passed: u64,
    /// Failed, or never came to run because of a failure.
    pub(crate) failed: u64,
}

impl Count {
    /// Adds what this line of output says, if it is a summary.
    pub(crate) fn see(&mut self, line: &str) {
        let line = plain(line);
        if let Some((_, summary)) = line.split_once("test result: ") {
            for part in summary.split([';', '.']) {
                self.add(part);
            }
        } else if line.starts_with(' ') {
            // Playwright: "  12 passed (3.4s)", "  1 failed", "  2 flaky", "  3 did not run".
            let line = line.split('(').next().unwrap_or_default();
            self.add(line);
        }
    }

    fn add(&mut self, part: &str) {
        let Some((number, word)) = part.trim().split_once(' ') else { return };
        let Ok(number) = number.parse::<u64>() else { return };
        match word {
            "passed" | "flaky" => self.passed += number,
            "failed" | "did not run" | "interrupted" => self.failed += number,
            _ => {}
        }
    }
}

/// The line without the escape sequences of colours.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.find(|c: char| c.is_ascii_alphabetic()).map_or("", |end| &after[end + 1..]);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Count {
        let mut count = Count::default();
        text.lines().for_each(|line| count.see(line));
        count
    }

    #[test]
    fn sums_what_cargo_test_prints() {
        let text = "\
running 3 tests
test a ... ok
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s
";
        assert_eq!(count(text), Count { passed: 7, failed: 2 });
    }

    #[test]
    fn sums_what_playwright_prints() {
        let text = "\
Running 16 tests using 1 worker
  ok 1 login.spec.ts:3:1 › 5 passed tries (1.2s)
  1 failed
    login.spec.ts:9:1 › logs in
  1 flaky
  2 skipped
  3 did not run
  \u{1b}[32m9 passed\u{1b}[39m (12.3s)
";
        assert_eq!(count(text), Count { passed: 10, failed: 4 });
    }

    #[test]
    fn other_lines_do_not_count() {
        assert_eq!(count("12 passed\n  passed 3\nI said: 4 failed\n"), Count::default());
    }
}
