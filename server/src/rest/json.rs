//! JSON bodies, read into the few fields that count: what lies deeper is passed over, so it costs no memory.

use std::fmt;

use domain::FORM_MAX_FIELDS;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::fields::{Given, MAX_NAME_BYTES};

/// Words of a list, and their length; of a list with more nothing is kept.
const MAX_WORDS: usize = 16;
const MAX_WORD_BYTES: usize = 100;

/// What a body holds.
pub(super) enum Json {
    /// An object; one with too many fields has one more than may be.
    Fields(Vec<(String, Given)>),
    /// Something else.
    Other,
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whole)
    }
}

struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if fields.len() > FORM_MAX_FIELDS || name.len() > MAX_NAME_BYTES {
                map.next_value::<IgnoredAny>()?;
            } else {
                fields.push((name, map.next_value()?));
            }
        }
        Ok(Json::Fields(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Json, E> {
        Ok(Json::Other)
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Field)
    }
}

struct Field;

impl<'de> Visitor<'de> for Field {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Given::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
        let mut words = Some(Vec::new());
        while let Some(Element(word)) = seq.next_element()? {
            words = words.filter(|words: &Vec<String>| words.len() < MAX_WORDS).zip(word).map(|(mut words, word)| {
                words.push(word);
                words
            });
        }
        Ok(match words {
            None => Given::Other,
            Some(words) if words.is_empty() => Given::Nothing,
            Some(words) => Given::Words(words),
        })
    }

    fn visit_unit<E>(self) -> Result<Given, E> {
        Ok(Given::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Given, E> {
        Ok(Given::Truth(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Given, E> {
        Ok(Given::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Given, E> {
        Ok(Given::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Given, E> {
        Ok(Number::from_f64(value).map_or(Given::Other, |number| Given::Text(number.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Given, E> {
        Ok(Given::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Given, E> {
        Ok(Given::Text(value))
    }
}

/// An element of a list: a short text, or something that is passed over.
struct Element(Option<String>);

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneWord)
    }
}

struct OneWord;

impl<'de> Visitor<'de> for OneWord {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Element(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Element, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Element(None))
    }

    fn visit_unit<E>(self) -> Result<Element, E> {
        Ok(Element(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Element, E> {
        Ok(Element(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Element, E> {
        Ok(Element(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Element, E> {
        Ok(Element(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Element, E> {
        Ok(Element(None))
    }

    fn visit_str<E>(self, value: &str) -> Result<Element, E> {
        Ok(Element((value.len() <= MAX_WORD_BYTES).then(|| value.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, Given)> {
        match serde_json::from_str(text).unwrap() {
            Json::Fields(fields) => fields,
            Json::Other => panic!("{text} is no object"),
        }
    }

    #[test]
    fn values_are_texts_or_not() {
        for (written, expected) in [
            ("null", Given::Null),
            ("\"a\\u00e9\"", Given::Text("aé".into())),
            ("-7", Given::Text("-7".into())),
            ("18446744073709551615", Given::Text("18446744073709551615".into())),
            ("1.5", Given::Text("1.5".into())),
            ("true", Given::Truth(true)),
            ("[\"read\", \"reply\"]", Given::Words(vec!["read".into(), "reply".into()])),
            ("[\"read\", 1]", Given::Other),
            ("[1, \"read\"]", Given::Other),
            ("[]", Given::Nothing),
            ("[[]]", Given::Other),
            ("{}", Given::Other),
        ] {
            assert_eq!(fields(&format!("{{\"a\": {written}}}")), vec![("a".to_owned(), expected)], "{written}");
        }
    }

    #[test]
    fn what_is_no_object_is_told_apart_from_what_cannot_be_read() {
        for text in ["[1, {}]", "null", "true", "1", "-1", "1.5", "\"a\""] {
            assert!(matches!(serde_json::from_str(text), Ok(Json::Other)), "{text}");
        }
        for text in ["{", "{\"a\": [", "{\"a\": \"b\"} c", "nul"] {
            assert!(serde_json::from_str::<Json>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_and_number_cost_nothing() {
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(fields(&deep), vec![("a".to_owned(), Given::Other)]);
        let long = format!("{{\"a\": [{}\"\"]}}", "\"\",".repeat(MAX_WORDS));
        assert_eq!(fields(&long), vec![("a".to_owned(), Given::Other)]);
        let wide = format!("{{\"a\": [\"{}\"]}}", "n".repeat(MAX_WORD_BYTES + 1));
        assert_eq!(fields(&wide), vec![("a".to_owned(), Given::Other)]);
        let many: Vec<String> = (0..10_000).map(|number| format!("\"{number}\": 0")).collect();
        assert_eq!(fields(&format!("{{{}}}", many.join(","))).len(), FORM_MAX_FIELDS + 1);
        assert_eq!(fields(&format!("{{\"{}\": 0}}", "n".repeat(1000))).len(), 0);
    }
}
