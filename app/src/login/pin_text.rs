//! How a Support PIN looks while it is being typed.

const PREFIX: &str = "SUP";
const GROUP: usize = 4;
const SYMBOLS: usize = 2 * GROUP;

/// Groups what was typed or pasted as `SUP-XXXX-XXXX`, as far as it goes, and says where the caret belongs that stood
/// after `caret` characters. What surrounds a whole PIN ("Your PIN is SUP-…") is left out.
pub fn grouped(typed: &str, caret: usize) -> (String, usize) {
    let letters = |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect::<String>() };
    let all = letters(typed).to_ascii_uppercase();
    let before_caret: String = typed.chars().take(caret).collect();
    let before = letters(&before_caret).len();

    // No PIN holds a U, so this is the prefix wherever it stands.
    let (skipped, has_prefix) = all.find(PREFIX).map_or((0, false), |at| (at + PREFIX.len(), true));
    let rest = all.get(skipped..).unwrap_or_default();
    if !has_prefix && PREFIX.starts_with(&all) {
        return (all, before);
    }
    let symbols = rest.get(..SYMBOLS.min(rest.len())).unwrap_or_default();
    let mut text = PREFIX.to_owned();
    let mut place = before.min(PREFIX.len());
    let before_symbols = before.saturating_sub(skipped).min(symbols.len());
    for (i, symbol) in symbols.chars().enumerate() {
        if i % GROUP == 0 {
            text.push('-');
        }
        text.push(match symbol {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        if i + 1 == before_symbols {
            place = text.len();
        }
    }
    (text, place)
}

#[cfg(test)]
mod tests {
    use domain::Pin;
    use proptest::prelude::*;

    use super::*;

    /// `|` marks the caret.
    fn typing(text: &str) -> String {
        let caret = text.chars().position(|c| c == '|').unwrap_or_else(|| text.chars().count());
        let (mut grouped, place) = grouped(&text.replace('|', ""), caret);
        grouped.insert(place, '|');
        grouped
    }

    #[test]
    fn groups_as_one_types() {
        for (typed, shown) in [
            ("", "|"),
            ("s", "S|"),
            ("su", "SU|"),
            ("sup", "SUP|"),
            ("SUP-|", "SUP|"),
            ("SUP7|", "SUP-7|"),
            ("7|", "SUP-7|"),
            ("s7|", "SUP-S7|"),
            ("SUP-7K3MQ|", "SUP-7K3M-Q|"),
            ("SUP-7K3M-Q9WDX|", "SUP-7K3M-Q9WD|"),
            ("7k3m q9wd", "SUP-7K3M-Q9WD|"),
            ("oil", "SUP-011|"),
        ] {
            assert_eq!(typing(typed), shown, "{typed}");
        }
    }

    #[test]
    fn the_caret_stays_where_the_typing_is() {
        assert_eq!(typing("SUP-7X|K3M-Q9W"), "SUP-7X|K3-MQ9W");
        assert_eq!(typing("SUP-7|3M-Q9WD"), "SUP-7|3MQ-9WD");
        assert_eq!(typing("SUP-|7K3M"), "SUP|-7K3M");
    }

    #[test]
    fn a_pasted_sentence_gives_its_pin() {
        assert_eq!(typing("Your PIN is sup 7k3m q9wd."), "SUP-7K3M-Q9WD|");
    }

    proptest! {
        #[test]
        fn every_pin_stays_the_same(random: [u8; 8]) {
            let pin = Pin::from_random(random);
            let (text, place) = grouped(pin.symbols(), SYMBOLS);
            prop_assert_eq!(&text, &pin.to_string());
            prop_assert_eq!(place, text.len());
            prop_assert_eq!(grouped(&text, text.len()).0, text);
        }

        #[test]
        fn the_caret_is_always_inside(typed: String, caret: usize) {
            let (text, place) = grouped(&typed, caret);
            prop_assert!(text.is_char_boundary(place));
        }
    }
}
