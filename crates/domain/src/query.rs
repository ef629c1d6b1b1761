//! Which tickets a list is asked for, in the words of its address.

use serde::{Deserialize, Serialize};

/// What the address of a list of tickets asks for: `?status=Open&assignee=me`. Each word as it was written, whether it means
/// something or not: a list refuses what means nothing in its own sentence, in place of its rows. A word that is empty is
/// left out, as one that was never there. What else stands in the address is no business of the list. An address in which a
/// word stands twice says nothing that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TicketQuery {
    /// A [`crate::Status`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// A [`crate::Priority`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub priority: String,
    /// A category's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// A customer's username. For staff.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub customer: String,
    /// `none`, `me` or a member's username. For staff.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub assignee: String,
    /// [`TicketQuery::CHANGED`] for those that changed last first; the newest are first otherwise.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub order: String,
    /// Words to search for; what is found has an order of its own, and no pages.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    /// The page of what is older than this row, a [`crate::Key`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// The page of what is newer than this row, a [`crate::Key`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
}

impl TicketQuery {
    /// The order of what changed last.
    pub const CHANGED: &str = "changed";

    /// Its words by their names, those that are empty, too.
    pub fn parts(&self) -> [(&'static str, &str); 9] {
        [
            ("status", &self.status),
            ("priority", &self.priority),
            ("category", &self.category),
            ("customer", &self.customer),
            ("assignee", &self.assignee),
            ("order", &self.order),
            ("q", &self.q),
            ("before", &self.before),
            ("after", &self.after),
        ]
    }

    /// From its words by their names.
    pub fn from_parts(mut word: impl FnMut(&str) -> String) -> Self {
        Self {
            status: word("status"),
            priority: word("priority"),
            category: word("category"),
            customer: word("customer"),
            assignee: word("assignee"),
            order: word("order"),
            q: word("q"),
            before: word("before"),
            after: word("after"),
        }
    }

    /// The same filter on its first page.
    #[must_use]
    pub fn from_the_top(&self) -> Self {
        Self { before: String::new(), after: String::new(), ..self.clone() }
    }

    /// Whether it is for all tickets, on whatever page.
    pub fn is_everything(&self) -> bool {
        self.from_the_top() == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(address: &str) -> TicketQuery {
        serde_urlencoded::from_str(address).unwrap()
    }

    fn written(query: &TicketQuery) -> String {
        serde_urlencoded::to_string(query).unwrap()
    }

    #[test]
    fn addresses_say_what_they_said() {
        let query = TicketQuery {
            status: "In Progress".into(),
            customer: "élodie&co".into(),
            assignee: "me".into(),
            order: "changed".into(),
            before: "1700000000000000-7".into(),
            ..TicketQuery::default()
        };
        let address =
            "status=In+Progress&customer=%C3%A9lodie%26co&assignee=me&order=changed&before=1700000000000000-7";
        assert_eq!(written(&query), address);
        assert_eq!(read(address), query);
        assert_eq!(read("status=In%20Progress").status, "In Progress");
    }

    #[test]
    fn what_says_nothing_is_nothing() {
        assert_eq!(written(&TicketQuery::default()), "");
        for nothing in ["", "status=&q=", "saved=1", "page=7&status="] {
            assert_eq!(read(nothing), TicketQuery::default(), "{nothing}");
        }
        assert_eq!(serde_json::to_string(&TicketQuery::default()).unwrap(), "{}");
    }

    #[test]
    fn no_word_stands_twice() {
        assert!(serde_urlencoded::from_str::<TicketQuery>("q=printer&q=drum").is_err());
    }

    #[test]
    fn words_that_mean_nothing_are_kept_for_the_sentence_about_them() {
        assert_eq!(read("status=Lost&before=x").status, "Lost");
    }

    fn any_query() -> impl Strategy<Value = TicketQuery> {
        let word = || prop_oneof![Just(String::new()), "[a-zA-Z ]{1,12}", any::<String>()];
        [(); 9].map(|()| word()).prop_map(
            |[status, priority, category, customer, assignee, order, q, before, after]| TicketQuery {
                status,
                priority,
                category,
                customer,
                assignee,
                order,
                q,
                before,
                after,
            },
        )
    }

    proptest! {
        #[test]
        fn round_trip(query in any_query()) {
            let address = written(&query);
            prop_assert!(address.is_ascii());
            prop_assert!(!address.contains("=&") && !address.ends_with('='), "{}", address);
            prop_assert_eq!(read(&address), query.clone());
            let json = serde_json::to_string(&query).unwrap();
            prop_assert_eq!(serde_json::from_str::<TicketQuery>(&json).unwrap(), query);
        }
    }

    proptest! {
        #[test]
        fn its_parts_are_what_its_address_says(query in any_query()) {
            let parts = query.parts();
            let word = |name: &str| parts.iter().find(|(known, _)| *known == name).map_or("", |(_, word)| word).to_owned();
            prop_assert_eq!(&TicketQuery::from_parts(word), &query);
            let filled: Vec<_> = parts.into_iter().filter(|(_, word)| !word.is_empty()).collect();
            prop_assert_eq!(serde_urlencoded::to_string(filled).unwrap(), written(&query));
        }
    }
}
