//! Which rows of a list are chosen together, and how a box for all of them looks.

/// The places from one row to another, both with them, in either order; that of the second alone, where the first is not
/// there (any more).
pub(super) fn range(rows: &[String], from: &str, to: &str) -> std::ops::Range<usize> {
    let place = |id: &str| rows.iter().position(|row| row == id);
    let Some(to) = place(to) else { return 0..0 };
    let from = place(from).unwrap_or(to);
    from.min(to)..from.max(to) + 1
}

/// Whether the box for all is ticked, and whether it shows that some are.
pub(super) const fn all(ticked: usize, of: usize) -> (bool, bool) {
    (ticked > 0 && ticked == of, ticked > 0 && ticked < of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_lies_between_in_either_order() {
        let rows = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(range(&rows, "b", "d"), 1..4);
        assert_eq!(range(&rows, "d", "b"), 1..4);
        assert_eq!(range(&rows, "c", "c"), 2..3);
        assert_eq!(range(&rows, "gone", "b"), 1..2, "a row that left");
        assert_eq!(range(&rows, "", "a"), 0..1, "none was pressed before");
        assert_eq!(range(&rows, "a", "gone"), 0..0);
    }

    #[test]
    fn the_box_for_all_tells_none_some_and_all() {
        assert_eq!(all(0, 3), (false, false));
        assert_eq!(all(1, 3), (false, true));
        assert_eq!(all(3, 3), (true, false));
        assert_eq!(all(0, 0), (false, false), "an empty list has nothing chosen");
    }
}
