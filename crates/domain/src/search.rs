//! What a search asks for and what it finds.

use serde::{Deserialize, Serialize};

use crate::{EventId, TicketFilter, TicketRow, word::words};

/// Words of a search that count; more are left aside.
pub const SEARCH_MAX_WORDS: usize = 8;
/// Characters of a word that count, in a search and in what is searched.
pub const SEARCH_WORD_MAX_CHARS: usize = 64;
/// Tickets that one search gives at most.
pub const SEARCH_MAX_HITS: usize = 50;

/// What is searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchQuery {
    /// Words as they were typed, or a ticket's number. Without a word nothing is found.
    pub text: String,
    /// Among which tickets. Its order does not matter: the best come first.
    pub filter: TicketFilter,
    /// How many tickets: 1 to [`SEARCH_MAX_HITS`]; what lies outside is moved there.
    pub limit: usize,
}

/// What a search found, the best first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHits {
    /// Each ticket once.
    pub hits: Vec<SearchHit>,
    /// There are more than were asked for.
    pub has_more: bool,
}

/// A ticket that was found, by the best of what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    /// The ticket.
    pub ticket: TicketRow,
    /// Its title, with what was found in it.
    pub title: Vec<Piece>,
    /// Where the words are.
    pub found_in: FoundIn,
    /// Some 160 characters of the text they are in, as it was written; the names, when they are in names of files.
    pub snippet: Vec<Piece>,
    /// The entry of the ticket's timeline that they came with.
    pub event_id: EventId,
}

/// Where the words of a search are. The order is by how much that counts, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum FoundIn {
    /// In an internal note; only staff find those.
    Note,
    /// In a reply.
    Reply,
    /// In the ticket's description.
    Description,
    /// In the name of a file, and perhaps in the title.
    FileName,
    /// All in the title.
    Title,
    /// It is the ticket with this number.
    Number,
}

words!(FoundIn);

/// A piece of a text, in the text's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The characters as they were written.
    pub text: String,
    /// Whether this is a word that was searched for.
    pub is_match: bool,
}
