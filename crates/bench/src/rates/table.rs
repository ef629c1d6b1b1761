//! The result, a line for each scenario.

use crate::{milliseconds, wrk::Figures};

/// One line of the result.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) figures: Figures,
    /// Peak of the server's memory, in kB.
    pub(super) memory: Option<u64>,
}

/// Of several rounds of one scenario, the one in the middle by requests a second.
pub(super) fn middle(mut rounds: Vec<Row>) -> Option<Row> {
    rounds.sort_by(|a, b| a.figures.per_second().total_cmp(&b.figures.per_second()));
    let middle = rounds.len() / 2;
    rounds.into_iter().nth(middle)
}

/// As it is printed.
pub(super) fn table(rows: &[Row]) -> String {
    let mut table = format!(
        "{:<18}{:>12}{:>10}{:>10}{:>8}{:>11}\n",
        "scenario", "requests/s", "p50 ms", "p99 ms", "errors", "memory MB"
    );
    for Row { name, figures, memory } in rows {
        let memory = memory.map_or_else(|| "?".to_owned(), |kb| format!("{:.1}", kb as f64 / 1024.0));
        table.push_str(&format!(
            "{name:<18}{:>12.0}{:>10}{:>10}{:>8}{memory:>11}\n",
            figures.per_second(),
            milliseconds(figures.p50),
            milliseconds(figures.p99),
            figures.errors,
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn row(requests: u64) -> Row {
        let (p50, p99) = (Duration::from_micros(2340), Duration::from_millis(12));
        let figures = Figures { requests, time: Duration::from_secs(5), p50, p99, errors: 0, ran_out: false };
        Row { name: "list", figures, memory: Some(25 * 1024) }
    }

    #[test]
    fn the_table_lines_up() {
        let table = table(&[row(50_000)]);
        let [head, line] = table.lines().collect::<Vec<_>>()[..] else { panic!("{table}") };
        assert_eq!(head.len(), line.len());
        assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["list", "10000", "2.34", "12.00", "0", "25.0"]);
    }

    #[test]
    fn the_round_in_the_middle_counts() {
        assert_eq!(middle(vec![row(30), row(10), row(20)]).unwrap().figures.requests, 20);
    }
}
