//! The form of a Support PIN, and how one is read.

mod find;
mod signs;

use std::{fmt, ops::RangeInclusive};

use unicode_normalization::UnicodeNormalization as _;

use signs::Sign;

/// Crockford's base 32: no I, L, O, U (<https://www.crockford.com/base32.html>).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "SUP";
const SYMBOLS: usize = 8;

type Symbols = [u8; SYMBOLS];

/// A Support PIN in clear: eight symbols, 40 bits. Shown once, never stored; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Symbols);

/// What was typed cannot be a Support PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A Support PIN looks like SUP-XXXX-XXXX: eight letters and digits after SUP.")]
pub struct PinFormError;

impl Pin {
    /// A PIN of 40 random bits; the three highest bytes of `random` are not used.
    pub fn from_random(random: [u8; 8]) -> Self {
        let bits = u64::from_le_bytes(random);
        Self(std::array::from_fn(|i| ALPHABET[(bits >> (5 * i)) as usize & 31]))
    }

    /// Reads what a person would write: case, spaces, dashes and the prefix do not matter, `O` is 0, `I` and `L` are 1,
    /// full-width letters, digits of every script and what Unicode holds to be the same (NFKC) count as theirs. In a
    /// text with words around it the PIN is found; the form with `SUP-` counts before others.
    ///
    /// # Errors
    /// [`PinFormError`] when there is none.
    pub fn parse(typed: &str) -> Result<Self, PinFormError> {
        find::read(typed.nfkc()).map(Self).ok_or(PinFormError)
    }

    /// As [`Pin::parse`], for the browser: without the tables of NFKC, which weigh more than the page. What is found
    /// here is found there too.
    ///
    /// # Errors
    /// [`PinFormError`] when there is none.
    pub fn parse_plain(typed: &str) -> Result<Self, PinFormError> {
        find::read(typed.chars()).map(Self).ok_or(PinFormError)
    }

    /// The eight symbols without prefix and dashes.
    pub fn symbols(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// How long a PIN can be redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinLife(i64);

impl PinLife {
    /// Seconds: from a minute to 90 days.
    pub const SECONDS: RangeInclusive<i64> = 60..=90 * 24 * 3600;

    /// So many seconds.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn from_seconds(seconds: i64) -> Result<Self, String> {
        let refusal = "Choose a lifetime from 1 minute to 90 days.";
        if Self::SECONDS.contains(&seconds) { Ok(Self(seconds)) } else { Err(refusal.to_owned()) }
    }

    /// In seconds.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

/// How many PINs are issued at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinCount(u32);

impl PinCount {
    /// From one to what fits on the cards of a large event.
    pub const RANGE: RangeInclusive<u32> = 1..=1000;

    /// So many.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn new(count: u32) -> Result<Self, String> {
        let refusal = || format!("Issue 1 to {} PINs at a time.", Self::RANGE.end());
        if Self::RANGE.contains(&count) { Ok(Self(count)) } else { Err(refusal()) }
    }

    /// As a number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A character of a PIN that is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// A Latin letter or digit in upper case, however it was written; not yet whether a PIN can hold it.
    Symbol(char),
    /// A space, a dash, or something else that does not matter.
    Nothing,
    /// A letter of another script: only [`Pin::parse`] knows.
    Unknown,
}

impl Typed {
    /// What a typed character is.
    pub fn of(c: char) -> Self {
        match signs::sign(c) {
            Sign::Symbol(byte) => Self::Symbol(char::from(byte)),
            Sign::Letter | Sign::Foreign => Self::Unknown,
            Sign::Invisible | Sign::Hyphen | Sign::Dash | Sign::Space | Sign::Mark => Self::Nothing,
        }
    }
}

fn symbol(c: char) -> Option<u8> {
    let c = match c {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    u8::try_from(c).ok().filter(|byte| ALPHABET.contains(byte))
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.symbols().split_at(SYMBOLS / 2);
        write!(f, "{PREFIX}-{first}-{second}")
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(SUP-****-****)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_a_person_would_write() {
        let pin = Pin::parse("SUP-01AB-CDEF").unwrap();
        for typed in [
            "sup-01ab-cdef",
            "01ABCDEF",
            " sup 01ab cdef ",
            "SUP01ABCDEF",
            "O1AB-CDEF",
            "0iab cdef",
            "0LAB‑CDEF",
            "S U P-01AB–CDEF",
        ] {
            assert_eq!(Pin::parse(typed).as_ref(), Ok(&pin), "{typed}");
        }
        assert_eq!(pin.to_string(), "SUP-01AB-CDEF");
    }

    #[test]
    fn refuses_what_cannot_be_one() {
        for typed in
            ["", "SUP", "SUP-01AB-CDE", "SUP-01AB-CDEFG", "SUP-01AB-CDEU", "ＳＵＰ-01AB-CDEü", "SUP-SUP-01AB-CDEF"]
        {
            assert_eq!(Pin::parse(typed), Err(PinFormError), "{typed}");
        }
    }

    #[test]
    fn reads_what_keyboards_write() {
        let pin = Pin::parse("SUP-7K3M-Q9WD").unwrap();
        for typed in [
            "ＳＵＰ－７Ｋ３Ｍ－Ｑ９ＷＤ",
            "ｓｕｐー７ｋ３ｍーｑ９ｗｄ",
            "ＳＵＰｰ７Ｋ３Ｍ　Ｑ９ＷＤ",
            "SUP-٧K٣M-Q٩WD",
            "SUP-۷K۳M-Q۹WD",
            "SUP-७K३M-Q९WD",
            "SUP-৭K৩M-Q৯WD",
            "SUP-๗K๓M-Q๙WD",
            "𝐒𝐔𝐏-𝟕𝐊𝟑𝐌-𝐐𝟗𝐖𝐃",
            "𝓢𝓤𝓟-𝟽𝓚𝟹𝓜-𝓠𝟿𝓦𝓓",
            "Ⓢⓤⓟ ⑦Ⓚ③Ⓜ Ⓠ⑨ⓌⒹ",
            "🅂🅄🄿-7🄺3🄼-🅀9🅆🄳",
            "7️⃣K3️⃣M-Q9️⃣WD",
            "SUP‐7K3M‑Q9WD",
            "SUP–7K3M—Q9WD",
            "SUP−7K3M―Q9WD",
            "SUP⁃7K3M﹣Q9WD",
            "SUP·7K3M·Q9WD",
            "SUP_7K3M_Q9WD",
            "\u{feff}SUP\u{200b}-7K\u{ad}3M-\u{2060}Q9WD\u{200e}",
            "\u{202a}SUP-7K3M-Q9WD\u{202c}",
            "\u{2068}SUP\u{a0}7K3M\u{202f}Q9WD\u{2069}",
            "SUP-7К3М-Q9WD",
            "SUP-7Κ3Μ-Q9WD",
            "sup-7к3м-q9wd",
        ] {
            assert_eq!(Pin::parse(typed).as_ref(), Ok(&pin), "{typed}");
        }
        assert_eq!(Pin::parse("sup-oı23-ілое").map(|pin| pin.to_string()).ok(), None, "л is no look-alike");
        assert_eq!(Pin::parse("SUP-О123-ІСОЕ").unwrap().to_string(), "SUP-0123-1C0E");
    }

    #[test]
    fn finds_it_in_a_sentence() {
        let pin = Pin::parse("SUP-7K3M-Q9WD").unwrap();
        for text in [
            "Your Support PIN is SUP-7K3M-Q9WD. It works once.",
            "SUP-7K3M-Q9WD is your Support PIN",
            "Support Desk: SUP-7K3M-Q9WD",
            "Support desk: your PIN is 7K3M-Q9WD",
            "PIN: 7K3M Q9WD",
            "Your code 7K3M Q9WD works until Friday",
            "your code 7k3m q9wd works until 2026-11-30, 10:00",
            "Use 7K3MQ9WD to log in",
            "PASSWORD: 7K3MQ9WD",
            "Hello Ana,\r\n\r\nyour Support PIN:\r\nSUP-7K3M-Q9WD\r\n\r\nSupport Team",
            "wrapped SUP-7K3M-\nQ9WD by a mail program",
            "“SUP-7K3M-Q9WD”, (SUP-7K3M-Q9WD), <b>SUP-7K3M-Q9WD</b>",
            "https://desk.example.org/#SUP-7K3M-Q9WD",
            "Go to https://desk.example.org and type sup 7k3m q9wd there",
            "Ihr Support-PIN lautet SUP-7K3M-Q9WD und gilt einmal.",
            "Ihr Schlüssel: SUP 7K3M Q9WD",
            "Votre code d’assistance est SUP-7K3M-Q9WD, à usage unique.",
            "Ваш PIN-код: SUP-7K3M-Q9WD. Он действует один раз.",
            "Ο κωδικός σας είναι SUP-7K3M-Q9WD.",
            "您的支持PIN码是SUP-7K3M-Q9WD。只能使用一次。",
            "サポートPINはＳＵＰ－７Ｋ３Ｍ－Ｑ９ＷＤです。",
            "지원 PIN은 SUP-7K3M-Q9WD입니다.",
            "รหัสของคุณคือSUP-7K3M-Q9WDใช้ได้ครั้งเดียว",
            "رمز الدعم الخاص بك هو SUP-٧K٣M-Q٩WD ويعمل مرة واحدة.",
            "קוד התמיכה שלך הוא SUP-7K3M-Q9WD",
            "Your PIN—SUP-7K3M-Q9WD—works once",
            "Not SUP-7K3M: the whole is SUP-7K3M-Q9WD",
            "Ticket 12345678 of 2025-2026, PIN 7K3M-Q9WD",
            "Call 0800-1234 and say 7K3M-Q9WD",
            "SUP7K3MQ9WD, that is all",
            "SUP code 7K3M-Q9WD",
            "what’s sup? 7K3M-Q9WD",
            "First SUP-7K3M-Q9WD, then SUP-AAAA-AAAA",
            "7AAA-AAAA is old, SUP-7K3M-Q9WD is new",
        ] {
            assert_eq!(Pin::parse(text).as_ref(), Ok(&pin), "{text}");
        }
    }

    #[test]
    fn a_sentence_without_one_is_none() {
        for text in [
            "Your Support PIN is on its way.",
            "the Support desk",
            "please call back",
            "Please use this page to log in",
            "SUP-7K3M-Q9WD-AAAA",
            "ref 2025-2026-2027",
            "7K3M-Q9WD-1234-5678",
        ] {
            assert_eq!(Pin::parse(text), Err(PinFormError), "{text}");
        }
    }

    #[test]
    fn debug_hides_it() {
        assert!(!format!("{:?}", Pin::parse("01ABCDEF").unwrap()).contains("01AB"));
    }

    proptest! {
        #[test]
        fn every_pin_reads_back(random: [u8; 8]) {
            let pin = Pin::from_random(random);
            prop_assert_eq!(Pin::parse(&pin.to_string()), Ok(pin.clone()));
            prop_assert_eq!(Pin::parse(&pin.to_string().to_lowercase().replace('-', " ")), Ok(pin));
        }

        #[test]
        fn every_pin_is_found_between_any_words(random: [u8; 8], before in ".{0,60}", after in ".{0,60}") {
            let pin = Pin::from_random(random);
            // Another PIN before it would be the first, and a letter beside it a part of it.
            prop_assume!(!before.to_lowercase().contains("sup"));
            prop_assert_eq!(Pin::parse(&format!("{before} \u{3002} {pin} \u{3002} {after}")), Ok(pin.clone()));
            let small = pin.to_string().to_lowercase();
            prop_assert_eq!(Pin::parse(&format!("{before}: \u{201c}{small}\u{201d}. {after}")), Ok(pin));
        }

        #[test]
        fn every_pin_is_read_in_every_script(random: [u8; 8], zero in proptest::sample::select(vec!['٠', '०', '๐', '０', '𝟎'])) {
            let pin = Pin::from_random(random);
            let written: String = pin
                .to_string()
                .chars()
                .map(|c| c.to_digit(10).and_then(|value| char::from_u32(u32::from(zero) + value)).unwrap_or(c))
                .collect();
            prop_assert_eq!(Pin::parse(&written), Ok(pin.clone()));
            let wide: String = pin
                .to_string()
                .chars()
                .map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c))
                .collect();
            prop_assert_eq!(Pin::parse(&wide), Ok(pin.clone()));
            prop_assert_eq!(Pin::parse_plain(&wide), Ok(pin));
        }

        #[test]
        fn invisible_signs_change_nothing(random: [u8; 8], at in proptest::collection::vec(0usize..14, 0..6)) {
            let pin = Pin::from_random(random);
            let mut written: Vec<char> = pin.to_string().chars().collect();
            for (place, sign) in at.into_iter().zip(['\u{200b}', '\u{feff}', '\u{ad}', '\u{200f}', '\u{2066}', '\u{2060}']) {
                written.insert(place.min(written.len()), sign);
            }
            let written: String = written.into_iter().collect();
            prop_assert_eq!(Pin::parse(&written), Ok(pin.clone()));
            prop_assert_eq!(Pin::parse_plain(&written), Ok(pin));
        }

        #[test]
        fn never_panics(typed: String) {
            let _ = Pin::parse(&typed);
            let _ = Pin::parse_plain(&typed);
        }
    }
}
