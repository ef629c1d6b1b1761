//! How a Support PIN looks while it is being typed.

use domain::{Pin, PinLength, Typed};

const PREFIX: &str = "SUP";
const GROUP: usize = 4;

/// Groups what was typed or pasted as `SUP-XXXX-XXXX` or longer, as far as it goes, and says where the caret belongs that stood
/// after `caret` characters. Of a text around a PIN only the PIN is left. None when the text should stay as it is: the
/// desk may read in it what a browser cannot.
pub fn grouped(typed: &str, caret: usize) -> Option<(String, usize)> {
    let mut all = String::new();
    let (mut before, mut has_unknown) = (0, false);
    for (place, c) in typed.chars().enumerate() {
        match Typed::of(c) {
            Typed::Symbol(symbol) => {
                all.push(symbol);
                before += usize::from(place < caret);
            }
            Typed::Nothing => {}
            Typed::Unknown => has_unknown = true,
        }
    }
    let rest = all.strip_prefix(PREFIX).unwrap_or(&all);
    // Beside words there may be a shorter one than all of it would be.
    let has_words = rest.len() > 2 * GROUP && typed.contains(char::is_whitespace);
    if has_unknown || has_words || rest.len() > PinLength::MOST || rest.contains('U') {
        if let Ok(pin) = Pin::parse_plain(typed) {
            let text = pin.to_string();
            let end = text.len();
            return Some((text, end));
        }
        if has_unknown || typed.contains(char::is_whitespace) {
            return None;
        }
    }
    let skipped = all.len() - rest.len();
    if skipped == 0 && PREFIX.starts_with(&all) {
        return Some((all, before));
    }
    let symbols = rest.get(..PinLength::MOST.min(rest.len())).unwrap_or_default();
    let group = PinLength::of_symbols(symbols.len()).map_or(GROUP, |length| length.groups()[0]);
    let mut text = PREFIX.to_owned();
    let mut place = before.min(PREFIX.len());
    let before_symbols = before.saturating_sub(skipped).min(symbols.len());
    for (i, symbol) in symbols.chars().enumerate() {
        if i % group == 0 {
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
    Some((text, place))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `|` marks the caret.
    fn typing(text: &str) -> String {
        let caret = text.chars().position(|c| c == '|').unwrap_or_else(|| text.chars().count());
        let (mut grouped, place) = grouped(&text.replace('|', ""), caret).unwrap();
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
            ("SUP-7K3M-Q9WDX|", "SUP-7K3M-Q9WD-X|"),
            ("SUP-7K3M-Q9WD-XY|", "SUP-7K3MQ-9WDXY|"),
            ("SUP-7K3MQ-9WDXYZ|", "SUP-7K3M-Q9WD-XYZ|"),
            ("SUP-7K3M-Q9WD-XYZ1|", "SUP-7K3M-Q9WD-XYZ1|"),
            ("7k3mq9wdxyz12345|", "SUP-7K3M-Q9WD-XYZ1-2345|"),
            ("7k3mq9wdxyz123456|", "SUP-7K3M-Q9WD-XYZ1-2345|"),
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
        assert_eq!(typing("SUP-7K3MQ-9|DXY"), "SUP-7K3M-Q9|DX-Y");
    }

    #[test]
    fn a_pasted_sentence_gives_its_pin() {
        assert_eq!(typing("Your PIN is sup 7k3m q9wd."), "SUP-7K3M-Q9WD|");
        assert_eq!(typing("code 7K3M-Q9WD"), "SUP-7K3M-Q9WD|");
        assert_eq!(typing("Your PIN is SUP-7K3M-Q9WD-XYZ1."), "SUP-7K3M-Q9WD-XYZ1|");
        assert_eq!(typing("Your Support PIN is SUP-7K3M-Q9WD. It works once."), "SUP-7K3M-Q9WD|");
        assert_eq!(typing("サポートPINはＳＵＰ－７Ｋ３Ｍ－Ｑ９ＷＤです。"), "SUP-7K3M-Q9WD|");
    }

    #[test]
    fn no_letter_vanishes() {
        assert_eq!(typing("ｓｕｐ７ｋ"), "SUP-7K|");
        assert_eq!(typing("SUP-٧K٣"), "SUP-7K3|");
        // The desk reads these, the browser does not.
        for typed in ["𝐒𝐔𝐏-𝟕𝐊𝟑𝐌-𝐐𝟗𝐖𝐃", "한", "SUP-7é", "Your Support PIN is on its way"]
        {
            assert_eq!(grouped(typed, 3), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn every_pin_stays_the_same(random: [u8; 10], length in proptest::sample::select(PinLength::ALL.to_vec())) {
            let pin = Pin::from_random(length, random);
            let (text, place) = grouped(pin.symbols(), length.symbols()).unwrap();
            prop_assert_eq!(&text, &pin.to_string());
            prop_assert_eq!(place, text.len());
            prop_assert_eq!(grouped(&text, text.len()).unwrap().0, text);
        }

        #[test]
        fn the_caret_is_always_inside(typed: String, caret: usize) {
            if let Some((text, place)) = grouped(&typed, caret) {
                prop_assert!(text.is_char_boundary(place));
            }
        }

        #[test]
        fn the_desk_reads_what_is_left_in_the_field(typed: String) {
            let left = grouped(&typed, 0).map_or_else(|| typed.clone(), |(text, _)| text);
            if let Ok(pin) = Pin::parse(&typed) {
                prop_assert_eq!(Pin::parse(&left), Ok(pin));
            }
        }
    }
}
