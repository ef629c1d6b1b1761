//! Search: tickets by the words in them.
//!
//! The database gives a bounded number of candidates, newest first, and the rest happens here, the same for both
//! databases: it is judged where the words are ([`judge`]), and each ticket counts by its best document. A customer's search
//! reads only what is theirs and public, and nothing that is counted over all texts takes part in the order, so neither
//! what is found nor its order tells anything of other people's texts or of notes.

mod index;
mod judge;
mod words;

use std::collections::{HashMap, HashSet};

use domain::{
    Actor, EventId, FoundIn, Result, SEARCH_MAX_HITS, SearchHit, SearchHits, SearchQuery, TicketFilter, TicketId,
    UserId,
};
use sea_orm::{FromQueryResult, Value};
use serde::Deserialize;

pub(crate) use index::{Document, forget, index, index_existing, reindex_opening};

use self::{
    judge::Rank,
    words::{Wanted, wanted},
};
use crate::{Tickets, db::Db, query::Query, tickets::narrow};

/// Documents that are judged of those that have the words anywhere.
const CANDIDATES: usize = 200;
/// Documents that a filter looks at.
const FILTERED: usize = 2000;
/// Documents that PostgreSQL looks at one by one, the newest first, before it asks its index; at least.
const NEWEST: usize = 2000;

impl Tickets<'_> {
    /// Finds tickets by words in their titles, descriptions, replies, notes and names of files, or by their number.
    /// Every word must be in one of these texts or in what came with it; a word is found by its beginning, whatever its
    /// case and accents. Customers find only their own tickets, by what they can see of them. Words in the title count
    /// most, then in names of files; a whole word more than a beginning; what is new more than what is old. Of very
    /// common words, and with a filter, only the newest texts are looked at.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] for who is neither customer nor staff. No text is an error.
    pub async fn search(&self, actor: &Actor, query: &SearchQuery) -> Result<SearchHits> {
        let limit = query.limit.clamp(1, SEARCH_MAX_HITS);
        let wanted = wanted(&query.text);
        let search = Search { db: &self.0.db, actor, filter: &query.filter, wanted: &wanted };
        let mut found: Vec<Found> = search.by_number(&query.text).await?.into_iter().collect();
        let candidates = search.candidates(limit).await?;
        let mut files = search.file_names(&candidates).await?;
        let mut judged: Vec<(Rank, Found)> = candidates
            .into_iter()
            .filter_map(|candidate| {
                let files = files.remove(&candidate.id).unwrap_or_default();
                // What the index still knows and the text no longer has is left out here.
                let rank = Rank::of(&wanted, candidate.own_title(), &files, &candidate.text)?;
                let found_in = rank.found_in(candidate.text_kind());
                Some((rank, Found { candidate, files, found_in }))
            })
            .collect();
        judged.sort_by_key(|(rank, found)| std::cmp::Reverse((*rank, found.candidate.id)));
        found.extend(judged.into_iter().map(|(_, found)| found));
        let mut seen = HashSet::new();
        found.retain(|found| seen.insert(found.candidate.ticket_id));
        let has_more = found.len() > limit;
        found.truncate(limit);

        let ids: Vec<TicketId> = found.iter().map(|found| TicketId(found.candidate.ticket_id)).collect();
        let mut rows: HashMap<TicketId, _> =
            self.rows(actor, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
        let hits = found.into_iter().filter_map(|found| {
            let snippet = match found.found_in {
                FoundIn::FileName => judge::pieces(&wanted, &found.files.join(", ")),
                _ => judge::snippet(&wanted, &found.candidate.text),
            };
            let ticket = rows.remove(&TicketId(found.candidate.ticket_id))?;
            Some(SearchHit {
                title: judge::pieces(&wanted, &ticket.title),
                ticket,
                found_in: found.found_in,
                snippet,
                event_id: EventId(found.candidate.id),
            })
        });
        Ok(SearchHits { hits: hits.collect(), has_more })
    }
}

/// A document that may be shown. Its fields are in the order of [`COLUMNS`].
#[derive(Deserialize)]
struct Candidate {
    /// Its event's.
    id: i64,
    kind: String,
    ticket_id: i64,
    title: String,
    text: String,
}

const COLUMNS: &str = "id, kind, ticket_id, title, body";

impl Candidate {
    /// The ticket's title belongs to its opening.
    fn own_title(&self) -> &str {
        if self.kind == OPENED { &self.title } else { "" }
    }

    fn text_kind(&self) -> FoundIn {
        match self.kind.as_str() {
            OPENED => FoundIn::Description,
            "noted" => FoundIn::Note,
            _ => FoundIn::Reply,
        }
    }
}

const OPENED: &str = "ticket_opened";

struct Found {
    candidate: Candidate,
    files: Vec<String>,
    found_in: FoundIn,
}

#[derive(FromQueryResult)]
struct FileName {
    event_id: i64,
    name: String,
}

/// Where the database looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    All,
}

impl Part {
    /// Its column on PostgreSQL.
    const fn column(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::All => "words",
        }
    }
}

struct Search<'a> {
    db: &'a Db,
    actor: &'a Actor,
    filter: &'a TicketFilter,
    wanted: &'a [Wanted],
}

impl Search<'_> {
    /// The ticket that the text is the number of.
    async fn by_number(&self, text: &str) -> Result<Option<Found>> {
        let text = text.trim();
        let Ok(number) = text.strip_prefix('#').unwrap_or(text).parse::<i64>() else { return Ok(None) };
        let mut query = Query::new(
            "SELECT e.id, e.kind, t.id AS ticket_id, t.title, t.description AS body
             FROM tickets t JOIN events e ON e.ticket_id = t.id",
        );
        query.filter("t.id = ?", number);
        query.filter("e.kind = ?", OPENED);
        narrow(&mut query, self.actor, self.filter)?;
        let rows: Vec<Candidate> = query.json_first(self.db, COLUMNS, "e.id", 1).await?;
        let found = |candidate| Found { candidate, files: Vec::new(), found_in: FoundIn::Number };
        Ok(rows.into_iter().next().map(found))
    }

    /// The documents to judge: first those that have whole words in the title, for they rank first; then, as long as there
    /// are too few tickets, the others.
    async fn candidates(&self, limit: usize) -> Result<Vec<Candidate>> {
        let mut found: Vec<Candidate> = Vec::new();
        let (mut documents, mut tickets) = (HashSet::new(), HashSet::new());
        let is_filtered = *self.filter
            != TicketFilter { requester: self.filter.requester, order: self.filter.order, ..TicketFilter::default() };
        let may_begin = self.wanted.iter().any(|wanted| wanted.may_begin);
        for part in [Part::Title, Part::All] {
            // One more than asked for tells that there are more.
            let most = if part == Part::Title { limit + 1 } else { CANDIDATES };
            for whole in [true, false] {
                if tickets.len() > limit || self.wanted.is_empty() || !(whole || may_begin) {
                    break;
                }
                let mut ids = self.newest(part, whole, if is_filtered { FILTERED } else { most }).await?;
                ids.retain(|id| documents.insert(*id));
                for candidate in self.load(ids, most).await? {
                    tickets.insert(candidate.ticket_id);
                    found.push(candidate);
                }
            }
        }
        Ok(found)
    }

    /// The ids of the newest documents that have every word in `part`, `whole` or by its beginning.
    async fn newest(&self, part: Part, whole: bool, most: usize) -> Result<Vec<i64>> {
        let is_staff = self.actor.role.can_work_tickets();
        let requester = if is_staff { self.filter.requester } else { Some(self.actor.require_customer()?) };
        if self.db.is_sqlite() {
            return self.ids(self.sqlite(part, whole, requester, is_staff), most).await;
        }
        if requester.is_none() {
            // Words that are common are among the newest documents; what the index has of them would be too much.
            let newest = self.ids(self.postgres_newest(part, whole, NEWEST.max(4 * most)), most).await?;
            if newest.len() == most {
                return Ok(newest);
            }
        }
        self.ids(self.postgres(part, whole, requester, is_staff), most).await
    }

    async fn ids(&self, mut source: Source, most: usize) -> Result<Vec<i64>> {
        source.values.insert(1, i64::try_from(most).unwrap_or(i64::MAX).into());
        let rows: Vec<(i64,)> = self.db.json_rows("id", &source.sql, source.values).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Those of these documents that the reader may see and the filter leaves: the newest, `most` at most.
    async fn load(&self, ids: Vec<i64>, most: usize) -> Result<Vec<Candidate>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // The documents lead; a database that began with a filter's index would read all its tickets.
        let join = if self.db.is_sqlite() { "CROSS JOIN" } else { "JOIN" };
        let mut query = Query::with(
            &format!(
                "SELECT e.id, e.kind, t.id AS ticket_id, t.title,
                    COALESCE(m.body, CASE WHEN e.kind = 'ticket_opened' THEN t.description ELSE '' END) AS body
                 FROM {} AS d {join} events e ON e.id = d.value {join} tickets t ON t.id = e.ticket_id
                 LEFT JOIN messages m ON m.id = e.message_id",
                self.db.among("$1")
            ),
            vec![Db::ids(ids)],
        );
        narrow(&mut query, self.actor, self.filter)?;
        if !self.actor.role.can_work_tickets() {
            query.condition("NOT e.is_internal");
        }
        query.json_first(self.db, COLUMNS, "e.id DESC", most).await
    }

    /// The ids of documents on SQLite. Newest first is the order of its index, so it stops at the limit.
    fn sqlite(&self, part: Part, whole: bool, requester: Option<UserId>, is_staff: bool) -> Source {
        let words: Vec<String> = self
            .wanted
            .iter()
            .map(|wanted| format!("\"{}\"{}", wanted.folded, if whole || !wanted.may_begin { "" } else { " *" }))
            .collect();
        let columns = if part == Part::Title { "title" } else { "{title body files}" };
        let owner = requester.map_or_else(String::new, |id| format!("owner : \"{}\" AND ", index::owner(id)));
        let asked = format!("{owner}{columns} : ({})", words.join(" AND "));
        let of = |table: &str| {
            format!("SELECT rowid AS id FROM {table} WHERE {table} MATCH $1 ORDER BY rowid DESC LIMIT $2")
        };
        let sql = if is_staff && part == Part::All {
            format!(
                "SELECT id FROM (SELECT * FROM ({}) UNION ALL SELECT * FROM ({})) ORDER BY id DESC LIMIT $2",
                of("search_public"),
                of("search_internal")
            )
        } else {
            of("search_public")
        };
        Source { sql, values: vec![asked.into()] }
    }

    /// The ids of documents on PostgreSQL, by its index. The words come first, whatever the planner thinks of them: it would
    /// go through all documents, newest first, when it takes words for common that are not.
    fn postgres(&self, part: Part, whole: bool, requester: Option<UserId>, is_staff: bool) -> Source {
        let mut values: Vec<Value> = vec![self.tsquery(whole)];
        let mut more = String::new();
        if let Some(requester) = requester {
            values.push(requester.0.into());
            more.push_str(" AND requester_id = $3");
        }
        if !is_staff {
            more.push_str(" AND NOT is_internal");
        }
        let sql = format!(
            "WITH found AS MATERIALIZED
                (SELECT event_id FROM search_docs WHERE {} @@ CAST($1 AS TSQUERY){more})
             SELECT event_id AS id FROM found ORDER BY event_id DESC LIMIT $2",
            part.column()
        );
        Source { sql, values }
    }

    /// As [`Search::postgres`] for staff, among the newest documents of all.
    fn postgres_newest(&self, part: Part, whole: bool, among: usize) -> Source {
        let column = part.column();
        let sql = format!(
            "SELECT event_id AS id
             FROM (SELECT event_id, {column} FROM search_docs ORDER BY event_id DESC LIMIT {among}) AS newest
             WHERE {column} @@ CAST($1 AS TSQUERY) ORDER BY event_id DESC LIMIT $2"
        );
        Source { sql, values: vec![self.tsquery(whole)] }
    }

    fn tsquery(&self, whole: bool) -> Value {
        let word =
            |wanted: &Wanted| format!("'{}'{}", wanted.folded, if whole || !wanted.may_begin { "" } else { ":*" });
        self.wanted.iter().map(word).collect::<Vec<_>>().join(" & ").into()
    }

    /// The names of the files that came with these events.
    async fn file_names(&self, candidates: &[Candidate]) -> Result<HashMap<i64, Vec<String>>> {
        let mut names: HashMap<i64, Vec<String>> = HashMap::new();
        if candidates.is_empty() {
            return Ok(names);
        }
        let ids: Vec<i64> = candidates.iter().map(|candidate| candidate.id).collect();
        let internal = if self.actor.role.can_work_tickets() { "" } else { "AND NOT is_internal" };
        let sql = format!(
            "SELECT event_id, name FROM attachments WHERE event_id IN {} {internal} ORDER BY id",
            self.db.among("$1")
        );
        let rows: Vec<FileName> = self.db.all(&sql, [Db::ids(ids)]).await?;
        for row in rows {
            names.entry(row.event_id).or_default().push(row.name);
        }
        Ok(names)
    }
}

/// A query for the ids of documents, `id`, newest first; `$1` is what is searched for, `$2` how many.
struct Source {
    sql: String,
    /// Without the second, which the caller puts in.
    values: Vec<Value>,
}
