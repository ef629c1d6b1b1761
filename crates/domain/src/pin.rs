//! The form of a Support PIN.

use std::fmt;

/// Crockford's base 32: no I, L, O, U (<https://www.crockford.com/base32.html>).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "SUP";
const SYMBOLS: usize = 8;

/// A Support PIN in clear: eight symbols, 40 bits. Shown once, never stored; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin([u8; SYMBOLS]);

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

    /// Reads what a person would write: case, spaces, dashes and the prefix do not matter, `O` is 0, `I` and `L` are 1.
    ///
    /// # Errors
    /// [`PinFormError`] when what is left is not eight symbols of the alphabet.
    pub fn parse(typed: &str) -> Result<Self, PinFormError> {
        let mut symbols: String =
            typed.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).take(16).collect();
        // U is no symbol, so the prefix cannot be part of the PIN.
        if let Some(rest) = symbols.strip_prefix(PREFIX) {
            symbols = rest.to_owned();
        }
        let mut pin = [0; SYMBOLS];
        let mut read = symbols.chars();
        for slot in &mut pin {
            *slot = read.next().and_then(symbol).ok_or(PinFormError)?;
        }
        if read.next().is_some() { Err(PinFormError) } else { Ok(Self(pin)) }
    }

    /// The eight symbols without prefix and dashes.
    pub fn symbols(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
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
        fn never_panics(typed: String) {
            let _ = Pin::parse(&typed);
        }
    }
}
