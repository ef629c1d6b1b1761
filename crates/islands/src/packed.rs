//! Arguments of islands that are read as answers are.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// An argument of an island, written as JSON in a text. Leptos reads arguments from a text and answers from bytes, which are
/// two readers of everything that is in them; so this is read from bytes, too, and the WASM has one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed<T>(pub T);

impl<T: Serialize> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Leptos writes arguments in the browser, too, and throws them away.
        if cfg!(target_family = "wasm") {
            return serializer.serialize_unit();
        }
        serde_json::to_string(&self.0).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: de::DeserializeOwned> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_slice(text.as_bytes()).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked() {
        let packed = Packed(vec!["a\"b".to_owned(), "ü\n".to_owned()]);
        let text = serde_json::to_string(&packed).unwrap();
        assert!(text.starts_with('"'), "{text}");
        assert_eq!(serde_json::from_str::<Packed<Vec<String>>>(&text).unwrap(), packed);
        assert!(serde_json::from_str::<Packed<Vec<String>>>("\"[\"").is_err());
    }
}
