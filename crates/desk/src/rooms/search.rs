//! Search: tickets by the words in them.
//!
//! The database gives a bounded number of candidates, newest first, and the rest happens here, the same for both
//! databases: it is judged where the words are ([`judge`]), and each ticket counts by its best document. A customer's search
//! reads only what is theirs and public, and nothing that is counted over all texts takes part in the order, so neither
//! what is found nor its order tells anything of other people's texts or of notes.

pub(crate) mod index;
mod judge;
mod words;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    Actor, EventId, FoundIn, Result, SEARCH_MAX_HITS, SearchHit, SearchHits, SearchQuery, TicketFilter, TicketId,
    UserId,
};
use sea_orm::{FromQueryResult, Value};
use serde::Deserialize;

pub(crate) use index::{Document, forget, index, reindex_opening};

use self::{
    judge::Rank,
    words::{Syntax, Wanted, wanted},
};
use crate::{
    rooms::tickets::{Tickets, narrow_old},
    store::{
        db::{Db, Scalar, Sql as _},
        fold::fold,
        heavy::heavy,
        query::Query,
    },
};

/// Documents that are judged of those that have the words anywhere.
const CANDIDATES: usize = 200;
/// Documents that are judged in one go. A hundred of the longest take a tenth of a second.
const IN_ONE_GO: usize = 100;
/// Documents that are looked at, at most, while a filter leaves too few of them, or the words are not where they should be.
const LOOKED_AT: usize = 2000;
/// Of one customer, documents that PostgreSQL looks at one by one, before it asks its index.
const OWN: i64 = 2000;
/// Buckets that PostgreSQL looks into at first: the newest, which may be nearly empty, and the one before.
const BUCKETS: i64 = 2;
/// How many times more it looks into next.
const GROWTH: i64 = 8;
/// Words of buckets in one statement: looking for them takes time with the square of their number.
const LEXEMES: usize = 96;

impl Tickets<'_> {
    /// Finds tickets by words in their titles, descriptions, replies, notes and names of files, or by their number.
    /// Every word must be in one of these texts or in what came with it; a word is found by its beginning, whatever its
    /// case and accents, and in a script without blanks any part of what is written. Customers find only their own
    /// tickets, by what they can see of them. Words in the title count most, then in names of files; a whole word more than
    /// a beginning; what is new more than what is old. Of very common words, and with a filter, only the newest texts are
    /// looked at.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] for who is neither customer nor staff. No text is an error.
    pub async fn search(&self, actor: &Actor, query: &SearchQuery) -> Result<SearchHits> {
        let limit = query.limit.clamp(1, SEARCH_MAX_HITS);
        let wanted: Arc<[Wanted]> = wanted(&query.text).into();
        let is_staff = actor.role.can_work_tickets();
        let requester = if is_staff { query.filter.requester } else { Some(actor.require_customer()?) };
        let newest = "SELECT event_id FROM search_docs ORDER BY event_id DESC LIMIT 1";
        let below = if self.0.db.is_sqlite() {
            i64::MAX
        } else {
            self.0.db.sql_one::<Scalar>(newest, []).await?.map_or(0, |newest| newest.0 + 1)
        };
        let search = Search {
            db: &self.0.db,
            actor,
            filter: &query.filter,
            wanted: Arc::clone(&wanted),
            requester,
            is_staff,
            below,
        };
        let mut found: Vec<Found> = search.by_number(&query.text).await?.into_iter().collect();
        let mut judged = search.judged(limit).await?;
        judged.sort_by_key(|(rank, found)| std::cmp::Reverse((*rank, found.candidate.id)));
        found.extend(judged.into_iter().map(|(_, found)| found));
        let mut seen = HashSet::new();
        found.retain(|found| seen.insert(found.candidate.ticket_id));
        let has_more = found.len() > limit;
        found.truncate(limit);

        let ids: Vec<TicketId> = found.iter().map(|found| TicketId(found.candidate.ticket_id)).collect();
        let mut rows: HashMap<TicketId, _> =
            self.rows(actor, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
        let hit = move |found: Found| {
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
        };
        let hits = heavy(move || found.into_iter().filter_map(hit).collect()).await?;
        Ok(SearchHits { hits, has_more })
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

/// A document with how good it is. None for what the index still knows and the text no longer has, and for what has the
/// parts apart.
fn judged(wanted: &[Wanted], candidate: Candidate, files: Vec<String>) -> Option<(Rank, Found)> {
    let rank = Rank::of(wanted, candidate.own_title(), &files, &candidate.text)?;
    let found_in = rank.found_in(candidate.text_kind());
    Some((rank, Found { candidate, files, found_in }))
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

/// Words as FTS5 reads them.
const SQLITE: Syntax =
    Syntax { term: |term, begins| format!("\"{term}\"{}", if begins { " *" } else { "" }), and: " AND ", or: " OR " };

/// Words as a `tsquery` has them, each with `#` where its bucket is to stand.
const fn postgres(part: Part) -> Syntax {
    let term: fn(&str, bool) -> String = match part {
        Part::Title => |term, begins| lexeme(index::IN_TITLE, term, begins),
        Part::All => |term, begins| lexeme(index::ANYWHERE, term, begins),
    };
    Syntax { term, and: " & ", or: " | " }
}

fn lexeme(kind: char, term: &str, begins: bool) -> String {
    format!("'#{kind}{term}'{}", if begins { ":*" } else { "" })
}

struct Search<'a> {
    db: &'a Db,
    actor: &'a Actor,
    filter: &'a TicketFilter,
    wanted: Arc<[Wanted]>,
    /// Whose tickets alone.
    requester: Option<UserId>,
    is_staff: bool,
    /// Larger than the id of every document there is.
    below: i64,
}

impl Search<'_> {
    /// The ticket that the text is the number of.
    async fn by_number(&self, text: &str) -> Result<Option<Found>> {
        let text = fold(text);
        let text = text.trim();
        let Ok(number) = text.strip_prefix('#').unwrap_or(text).parse::<i64>() else { return Ok(None) };
        let mut query = Query::new(
            "SELECT e.id, e.kind, t.id AS ticket_id, t.title, t.description AS body
             FROM tickets t JOIN events e ON e.ticket_id = t.id",
        );
        query.filter("t.id = ?", number);
        query.filter("e.kind = ?", OPENED);
        narrow_old(&mut query, self.actor, self.filter)?;
        let rows: Vec<Candidate> = query.json_first(self.db, COLUMNS, "e.id", 1).await?;
        let found = |candidate| Found { candidate, files: Vec::new(), found_in: FoundIn::Number };
        Ok(rows.into_iter().next().map(found))
    }

    /// Documents with how good they are: first those that have whole words in the title, for they rank first; then, as long
    /// as there are too few tickets, the others.
    async fn judged(&self, limit: usize) -> Result<Vec<(Rank, Found)>> {
        let mut judged = Vec::new();
        let (mut documents, mut tickets) = (HashSet::new(), HashSet::new());
        if self.wanted.is_empty() {
            return Ok(judged);
        }
        let begins = self.wanted.iter().any(Wanted::may_begin);
        // What has the words anywhere, by their beginning, has all the others in it. Where there is more of it than is
        // looked at, the others are looked for apart.
        let passes = [(Part::Title, true), (Part::All, !begins), (Part::Title, false), (Part::All, true)];
        for (part, whole) in passes.into_iter().take(if begins { 4 } else { 2 }) {
            // One more than asked for tells that there are more.
            let most = if part == Part::Title { limit + 1 } else { CANDIDATES };
            let is_all = self
                .judge_newest(part, whole, most, &mut documents, |rank, found| {
                    tickets.insert(found.candidate.ticket_id);
                    judged.push((rank, found));
                })
                .await?;
            if tickets.len() > limit || (is_all && part == Part::All) {
                break;
            }
        }
        Ok(judged)
    }

    /// Judges the newest documents that have every word in `part`, `whole` or by its beginning, and are not among `documents`,
    /// until `most` are good; whether these are all there are.
    async fn judge_newest(
        &self,
        part: Part,
        whole: bool,
        most: usize,
        documents: &mut HashSet<i64>,
        mut take: impl FnMut(Rank, Found),
    ) -> Result<bool> {
        let is_filtered = *self.filter
            != TicketFilter { requester: self.filter.requester, order: self.filter.order, ..TicketFilter::default() };
        let (mut good, mut looked_at, mut below) = (0, 0, self.below);
        let (mut next, mut at_once) = (if is_filtered { LOOKED_AT } else { most }, most);
        loop {
            let ids = self.newest(part, whole, below, next).await?;
            let fresh = ids.iter().copied().filter(|id| !documents.contains(id)).collect();
            let candidates = self.load(fresh, at_once).await?;
            // There may be more that the filter leaves: those after the last of these are still to be looked at.
            let is_cut = candidates.len() == at_once;
            let is_all = ids.len() < next && !is_cut;
            let last_candidate = candidates.last().map(|candidate| candidate.id).filter(|_| is_cut);
            below = last_candidate.or(ids.last().copied()).unwrap_or_default();
            for id in ids.into_iter().filter(|id| *id >= below) {
                looked_at += 1;
                if !documents.insert(id) {
                    // An earlier pass has it.
                    good += 1;
                }
            }
            let mut files = self.file_names(&candidates).await?;
            let mut candidates = candidates.into_iter().peekable();
            while candidates.peek().is_some() {
                let portion = candidates.by_ref().take(IN_ONE_GO);
                let portion: Vec<_> = portion
                    .map(|candidate| {
                        let files = files.remove(&candidate.id).unwrap_or_default();
                        (candidate, files)
                    })
                    .collect();
                let wanted = Arc::clone(&self.wanted);
                let judge = move |(candidate, files)| judged(&wanted, candidate, files);
                let found: Vec<_> = heavy(move || portion.into_iter().filter_map(judge).collect()).await?;
                good += found.len();
                found.into_iter().for_each(|(rank, found)| take(rank, found));
            }
            if is_all || good >= most || looked_at >= LOOKED_AT {
                return Ok(is_all);
            }
            next = (2 * next).min(2 * CANDIDATES).min(LOOKED_AT - looked_at);
            at_once = next;
        }
    }

    /// The ids of the newest documents below an id that have every word in `part`, `whole` or by its beginning; newest first.
    async fn newest(&self, part: Part, whole: bool, below: i64, most: usize) -> Result<Vec<i64>> {
        if self.db.is_sqlite() {
            return self.sqlite(part, whole, below, most).await;
        }
        let asked = self.expression(whole, &postgres(part));
        let Some(requester) = self.requester else { return self.postgres(&asked, below, most).await };
        let mut found = self.postgres_own(&asked, requester, below, most).await?;
        let last = "SELECT event_id FROM search_docs WHERE requester_id = $1 AND event_id < $2
            ORDER BY event_id DESC OFFSET $3 LIMIT 1";
        if found.len() < most
            && let Some(last) =
                self.db.sql_one::<Scalar>(last, [requester.0.into(), below.into(), (OWN - 1).into()]).await?
        {
            found.extend(self.postgres(&asked, last.0, most - found.len()).await?);
        }
        Ok(found)
    }

    async fn ids(&self, sql: &str, values: Vec<Value>) -> Result<Vec<i64>> {
        let rows: Vec<(i64,)> = self.db.json_rows("id", sql, values).await?;
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
        narrow_old(&mut query, self.actor, self.filter)?;
        if !self.actor.role.can_work_tickets() {
            query.condition("NOT e.is_internal");
        }
        query.json_first(self.db, COLUMNS, "e.id DESC", most).await
    }

    /// The ids of documents on SQLite. Newest first is the order of its index, so it stops at the limit.
    async fn sqlite(&self, part: Part, whole: bool, below: i64, most: usize) -> Result<Vec<i64>> {
        let columns = if part == Part::Title { "title" } else { "{title body files}" };
        let owner = self.requester.map_or_else(String::new, |id| format!("owner : \"{}\" AND ", index::owner(id)));
        let asked = format!("{owner}{columns} : ({})", self.expression(whole, &SQLITE));
        let of = |table: &str| {
            format!(
                "SELECT rowid AS id FROM {table} WHERE {table} MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3"
            )
        };
        let sql = if self.is_staff && part == Part::All {
            format!(
                "SELECT id FROM (SELECT * FROM ({}) UNION ALL SELECT * FROM ({})) ORDER BY id DESC LIMIT $3",
                of("search_public"),
                of("search_internal")
            )
        } else {
            of("search_public")
        };
        self.ids(&sql, vec![asked.into(), below.into(), limit(most)]).await
    }

    /// What a customer may not find.
    fn not_internal(&self) -> &'static str {
        if self.is_staff { "" } else { "AND NOT is_internal" }
    }

    /// The ids of documents on PostgreSQL, among the newest of one customer.
    async fn postgres_own(&self, asked: &str, requester: UserId, below: i64, most: usize) -> Result<Vec<i64>> {
        let sql = format!(
            "SELECT event_id AS id
             FROM (SELECT event_id, is_internal, words FROM search_docs WHERE requester_id = $2 AND event_id < $3
                ORDER BY event_id DESC LIMIT {OWN}) AS own
             WHERE words @@ CAST(replace($1, '#', to_hex(event_id >> {})) AS TSQUERY) {}
             ORDER BY event_id DESC LIMIT $4",
            index::BUCKET_BITS,
            self.not_internal()
        );
        self.ids(&sql, vec![asked.into(), requester.0.into(), below.into(), limit(most)]).await
    }

    /// The ids of documents on PostgreSQL, from the newest bucket of its index to older ones until there are enough. The words
    /// come first, whatever the planner thinks of them: it would go through all documents, newest first, when it takes words
    /// for common that are not.
    async fn postgres(&self, asked: &str, below: i64, most: usize) -> Result<Vec<i64>> {
        let owner = if self.requester.is_some() { "AND requester_id = $6" } else { "" };
        let sql = format!(
            "WITH found AS MATERIALIZED
                (SELECT event_id, requester_id FROM search_docs WHERE words @@
                    (SELECT CAST(string_agg(replace($1, '#', to_hex(bucket)), ' | ') AS TSQUERY)
                     FROM generate_series(CAST($4 AS BIGINT), CAST($5 AS BIGINT)) AS bucket) {})
             SELECT event_id AS id FROM found WHERE event_id < $2 {owner} ORDER BY event_id DESC LIMIT $3",
            self.not_internal()
        );
        let mut last = (below - 1) >> index::BUCKET_BITS;
        let most_buckets = i64::try_from(LEXEMES / asked.matches('#').count().max(1)).unwrap_or(1).max(1);
        let mut buckets = BUCKETS;
        let mut found: Vec<i64> = Vec::new();
        while last >= 0 && found.len() < most {
            let first = (last + 1 - buckets.min(most_buckets)).max(0);
            let mut values = vec![asked.into(), below.into(), limit(most - found.len()), first.into(), last.into()];
            values.extend(self.requester.map(|requester| requester.0.into()));
            found.extend(self.ids(&sql, values).await?);
            (last, buckets) = (first - 1, buckets.saturating_mul(GROWTH));
        }
        Ok(found)
    }

    /// What a database is asked for: every word.
    fn expression(&self, whole: bool, syntax: &Syntax) -> String {
        let words: Vec<String> = self.wanted.iter().map(|wanted| wanted.expression(whole, syntax)).collect();
        words.join(syntax.and)
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
        let rows: Vec<FileName> = self.db.sql_all(&sql, [Db::ids(ids)]).await?;
        for row in rows {
            names.entry(row.event_id).or_default().push(row.name);
        }
        Ok(names)
    }
}

fn limit(most: usize) -> Value {
    i64::try_from(most).unwrap_or(i64::MAX).into()
}
