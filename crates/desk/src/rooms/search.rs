//! Search: tickets by the words in them.
//!
//! The database gives a bounded number of candidates, newest first, and the rest happens here, the same for both
//! databases: it is judged where the words are ([`judge`]), and each ticket counts by its best document. A customer's
//! search reads only what is theirs and public, and nothing that is counted over all texts takes part in the order, so
//! neither what is found nor its order tells anything of other people's texts or of notes.

mod documents;
pub(crate) mod index;
mod judge;
mod words;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    Actor, EventId, EventKind, FoundIn, Result, SEARCH_MAX_HITS, SearchHit, SearchHits, SearchQuery, TicketFilter,
    TicketId, UserId,
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationTrait as _,
};

use self::{
    documents::{Part, beyond_all},
    judge::Rank,
    words::{Wanted, wanted},
};
use crate::{
    rooms::tickets::{Tickets, narrow},
    store::{
        db::{Db, Sql as _},
        entities::{Attachments, Events, attachments, events, tickets},
        fault::OrRefuse as _,
        fold::fold,
        heavy::heavy,
        raw::search::{self as raw, Candidate},
        reach::Reach,
    },
};

/// Documents that are judged of those that have the words anywhere.
const CANDIDATES: usize = 200;
/// Documents that are judged in one go. A hundred of the longest take a tenth of a second.
const IN_ONE_GO: usize = 100;
/// Documents that are looked at, at most, while a filter leaves too few of them, or the words are not where they should
/// be.
const LOOKED_AT: usize = 2000;

impl Tickets<'_> {
    /// Finds tickets by words in their titles, descriptions, replies, notes and names of files, or by their number.
    /// Every word must be in one of these texts or in what came with it; a word is found by its beginning, whatever its
    /// case and accents, and in a script without blanks any part of what is written. Customers find only their own
    /// tickets, by what they can see of them. Words in the title count most, then in names of files; a whole word more
    /// than a beginning; what is new more than what is old. Of very common words, and with a filter, only the newest
    /// texts are looked at.
    ///
    /// # Errors
    /// [`domain::Error::Forbidden`] for who is neither customer nor staff. No text is an error.
    pub async fn search(&self, actor: &Actor, query: &SearchQuery) -> Result<SearchHits> {
        let limit = query.limit.clamp(1, SEARCH_MAX_HITS);
        let wanted: Arc<[Wanted]> = wanted(&query.text).into();
        let reach = Reach::of(actor)?;
        let is_staff = reach == Reach::All;
        let requester = reach.requester().or(query.filter.requester);
        let search = Search {
            db: &self.0.db,
            fits: narrow(actor, &query.filter)?,
            filter: &query.filter,
            wanted: Arc::clone(&wanted),
            requester,
            is_of_one: reach.ticket().is_some(),
            is_staff,
            below: beyond_all(&self.0.db).await?,
        };
        let mut found: Vec<Found> = search.by_number(&query.text).await?.into_iter().collect();
        let mut judged = search.judged(limit).await?;
        judged.sort_by_key(|(rank, found)| std::cmp::Reverse((*rank, found.candidate.id)));
        found.extend(judged.into_iter().map(|(_, found)| found));
        let mut seen = HashSet::new();
        found.retain(|found| seen.insert(found.candidate.ticket_id));
        let has_more = found.len() > limit;
        found.truncate(limit);

        let ids: Vec<TicketId> = found.iter().map(|found| found.candidate.ticket_id).collect();
        let mut rows: HashMap<TicketId, _> =
            self.rows(actor, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
        let hit = move |found: Found| {
            let snippet = match found.found_in {
                FoundIn::FileName => judge::pieces(&wanted, &found.files.join(", ")),
                _ => judge::snippet(&wanted, &found.candidate.text),
            };
            let ticket = rows.remove(&found.candidate.ticket_id)?;
            Some(SearchHit {
                title: judge::pieces(&wanted, &ticket.title),
                ticket,
                found_in: found.found_in,
                snippet,
                event_id: found.candidate.id,
            })
        };
        let hits = heavy(move || found.into_iter().filter_map(hit).collect()).await?;
        Ok(SearchHits { hits, has_more })
    }
}

impl Candidate {
    /// The ticket's title belongs to its opening.
    fn own_title(&self) -> &str {
        if self.kind == EventKind::TicketOpened { &self.title } else { "" }
    }

    const fn text_kind(&self) -> FoundIn {
        match self.kind {
            EventKind::TicketOpened => FoundIn::Description,
            EventKind::Noted => FoundIn::Note,
            _ => FoundIn::Reply,
        }
    }
}

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

struct Search<'a> {
    db: &'a Db,
    /// What is true of a ticket that the reader may see and the filter leaves.
    fits: Condition,
    filter: &'a TicketFilter,
    wanted: Arc<[Wanted]>,
    /// Whose tickets alone.
    requester: Option<UserId>,
    /// Whether there may be one ticket alone, which is told when its documents are loaded.
    is_of_one: bool,
    is_staff: bool,
    /// Larger than the id of every document there is.
    below: EventId,
}

impl Search<'_> {
    /// The ticket that the text is the number of.
    async fn by_number(&self, text: &str) -> Result<Option<Found>> {
        let text = fold(text);
        let text = text.trim();
        let Ok(number) = text.strip_prefix('#').unwrap_or(text).parse::<i64>() else { return Ok(None) };
        let id = TicketId(number);
        let opening: Option<(EventId, String, String)> = Events::find()
            .select_only()
            .column(events::Column::Id)
            .columns([tickets::Column::Title, tickets::Column::Description])
            .join(JoinType::InnerJoin, events::Relation::Tickets.def())
            .filter(tickets::COLUMN.id.eq(id))
            .filter(events::COLUMN.kind.eq(EventKind::TicketOpened))
            .filter(self.fits.clone())
            .order_by_asc(events::COLUMN.id)
            .into_tuple()
            .one(self.db)
            .await
            .or_refuse()?;
        Ok(opening.map(|(event, title, text)| Found {
            candidate: Candidate { id: event, kind: EventKind::TicketOpened, ticket_id: id, title, text },
            files: Vec::new(),
            found_in: FoundIn::Number,
        }))
    }

    /// Documents with how good they are: first those that have whole words in the title, for they rank first; then, as
    /// long as there are too few tickets, the others.
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

    /// Judges the newest documents that have every word in `part`, `whole` or by its beginning, and are not among
    /// `documents`, until `most` are good; whether these are all there are.
    async fn judge_newest(
        &self,
        part: Part,
        whole: bool,
        most: usize,
        documents: &mut HashSet<EventId>,
        mut take: impl FnMut(Rank, Found),
    ) -> Result<bool> {
        let is_filtered = self.is_of_one
            || *self.filter
                != TicketFilter {
                    requester: self.filter.requester,
                    order: self.filter.order,
                    ..TicketFilter::default()
                };
        let (mut good, mut looked_at, mut below) = (0, 0, self.below);
        let (mut next, mut at_once) = (if is_filtered { LOOKED_AT } else { most }, most);
        loop {
            let ids = self.newest(part, whole, below, next).await?;
            let fresh: Vec<EventId> = ids.iter().copied().filter(|id| !documents.contains(id)).collect();
            let candidates = self.load(&fresh, at_once).await?;
            // There may be more that the filter leaves: those after the last of these are still to be looked at.
            let is_cut = candidates.len() == at_once;
            let is_all = ids.len() < next && !is_cut;
            let last_candidate = candidates.last().map(|candidate| candidate.id).filter(|_| is_cut);
            below = last_candidate.or(ids.last().copied()).unwrap_or(EventId(0));
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

    /// Those of these documents that the reader may see and the filter leaves: the newest, `most` at most.
    async fn load(&self, ids: &[EventId], most: usize) -> Result<Vec<Candidate>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = raw::candidates(self.db, ids, self.fits.clone(), self.is_staff, most as u64);
        let query = self.db.get_database_backend().build(&query);
        self.db.json_rows(raw::COLUMNS, &query.sql, query.values.map_or_else(Vec::new, |values| values.0)).await
    }

    /// The names of the files that came with these events.
    async fn file_names(&self, candidates: &[Candidate]) -> Result<HashMap<EventId, Vec<String>>> {
        let mut names: HashMap<EventId, Vec<String>> = HashMap::new();
        if candidates.is_empty() {
            return Ok(names);
        }
        let ids = candidates.iter().map(|candidate| candidate.id.0);
        let mut query = Attachments::find()
            .select_only()
            .columns([attachments::Column::EventId, attachments::Column::Name])
            .filter(attachments::COLUMN.event_id.in_subquery(self.db.rows_of(ids)))
            .order_by_asc(attachments::COLUMN.id);
        if !self.is_staff {
            query = query.filter(attachments::COLUMN.is_internal.eq(false));
        }
        let rows: Vec<(EventId, String)> = query.into_tuple().all(self.db).await.or_refuse()?;
        for (event, name) in rows {
            names.entry(event).or_default().push(name);
        }
        Ok(names)
    }
}
