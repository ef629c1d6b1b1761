//! The page `/admin/batches/{id}/sheet`: cards with their PINs, once, to print or to save.

use std::fmt::Write as _;

use desk::{Sheet, heavy};
use domain::{Batch, BatchId, card_number, no_formula};
use islands::{
    addresses::staff,
    request::query,
    staff::CardTools,
    ui::{Alert, Button, ButtonKind, ButtonLink, IconName, PageHeader, Tone, Variant, said},
};
use leptos::prelude::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::{
    admin::{
        frame::{Content, staff_page},
        nav::Place,
        parts::counted,
        read::id,
    },
    qr::qr_code,
};

/// The papers, each a value with its words; the first one is usual.
pub(super) const PAPERS: [(&str, &str); 2] = [("a4", "A4"), ("letter", "Letter")];
/// How many cards there may be on a page.
pub(super) const PER_PAGE: [(&str, &str); 2] = [("10", "10, as large as a bank card"), ("8", "8, larger")];

/// How the address says that cards are printed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SheetQuery {
    paper: String,
    cards: String,
}

impl SheetQuery {
    pub(super) fn new(paper: String, cards: String) -> Self {
        Self { paper, cards }
    }
}

/// Where cards are on a page, in millimetres. The style sheet has the same numbers, for the classes that it names.
struct Layout {
    classes: &'static str,
    page: [f64; 2],
    card: [f64; 2],
    rows: usize,
}

const COLUMNS: usize = 2;

impl Layout {
    /// As chosen; what is nothing to choose is as usual.
    fn of(asked: &SheetQuery) -> Self {
        match (asked.paper.as_str(), asked.cards.as_str()) {
            ("letter", "8") => {
                Self { classes: "sheet sheet-letter sheet-8", page: [215.9, 279.4], card: [90.0, 62.0], rows: 4 }
            }
            ("letter", _) => Self { classes: "sheet sheet-letter", page: [215.9, 279.4], card: [88.9, 50.8], rows: 5 },
            (_, "8") => Self { classes: "sheet sheet-8", page: [210.0, 297.0], card: [90.0, 62.0], rows: 4 },
            _ => Self { classes: "sheet", page: [210.0, 297.0], card: [85.0, 54.0], rows: 5 },
        }
    }

    const fn on_a_page(&self) -> usize {
        COLUMNS * self.rows
    }

    /// Marks to cut along, in the margins: one at each end of each line between cards.
    fn cuts(&self) -> String {
        const LENGTH: f64 = 5.0;
        const AWAY: f64 = 1.5;
        let [width, height] = self.page;
        let [card_width, card_height] = self.card;
        let size = [card_width * COLUMNS as f64, card_height * self.rows as f64];
        let start = [(width - size[0]) / 2.0, (height - size[1]) / 2.0];
        let mut path = String::new();
        for column in 0..=COLUMNS {
            let x = start[0] + card_width * column as f64;
            for y in [start[1] - AWAY - LENGTH, start[1] + size[1] + AWAY] {
                let _ = write!(path, "M{x:.2} {y:.2}v{LENGTH}");
            }
        }
        for row in 0..=self.rows {
            let y = start[1] + card_height * row as f64;
            for x in [start[0] - AWAY - LENGTH, start[0] + size[0] + AWAY] {
                let _ = write!(path, "M{x:.2} {y:.2}h{LENGTH}");
            }
        }
        path
    }
}

/// The cards of a batch that were just made.
#[component]
pub fn SheetPage() -> impl IntoView {
    staff_page(Place::Cards, |visit| async move {
        let batch = id::<BatchId>(&visit.id())?;
        let sheet = visit.context().desk.cards().sheet(&visit.actor(), batch).await?;
        let Some(sheet) = sheet else { return Ok(Content::new("Cards", shown_already(batch))) };
        let site = visit.context().public_url.to_string();
        let links: Vec<String> = sheet.cards.iter().map(|(_, pin)| format!("{site}/#{pin}")).collect();
        let to_draw = links.clone();
        let codes =
            heavy(move || to_draw.iter().map(|link| qr_code(link, "QR code of this card")).collect::<Vec<_>>()).await?;
        let title = sheet.batch.name.clone();
        Ok(Content::new(title, view(&site, sheet, links, codes)))
    })
}

fn shown_already(batch: BatchId) -> impl IntoView {
    view! {
        <PageHeader title="Cards" back=(staff::BATCHES.to_owned(), "Cards".to_owned())/>
        <div class="stack">
            <Alert tone=Tone::Info title="These cards were shown once.">
                "Issue them again if the sheet got lost. The old PINs are revoked then."
            </Alert>
            <div class="actions">
                <ButtonLink href=staff::batch(batch)>"To the batch"</ButtonLink>
            </div>
        </div>
    }
}

fn view(site: &str, sheet: Sheet, links: Vec<String>, codes: Vec<Option<String>>) -> impl IntoView + use<> {
    let Sheet { batch, cards } = sheet;
    let layout = Layout::of(&query::<SheetQuery>());
    let file = csv(&batch, cards.iter().map(|(number, pin)| (*number, pin.to_string())).zip(links));
    let file = format!("data:text/csv;charset=utf-8,{}", utf8_percent_encode(&file, NON_ALPHANUMERIC));
    let name = format!("cards-{}.csv", batch.id);
    let count = counted(cards.len() as u64, "card");
    let host = site.split_once("://").map_or(site, |(_, host)| host).to_owned();
    let (width, height) = (layout.page[0], layout.page[1]);
    let (cuts, frame) = (layout.cuts(), format!("0 0 {width} {height}"));
    let drawn: Vec<_> = cards.into_iter().zip(codes).collect();
    let pages = drawn
        .chunks(layout.on_a_page())
        .map(|cards| {
            let cards = cards
                .iter()
                .map(|((number, pin), code)| one_card(&batch, &host, *number, pin.to_string(), code.clone()))
                .collect_view();
            view! {
                <div class=layout.classes>
                    <svg class="sheet-cuts" viewBox=frame.clone() aria-hidden="true">
                        <path d=cuts.clone() stroke="#000" stroke-width=".2"/>
                    </svg>
                    <div class="sheet-cards">{cards}</div>
                </div>
            }
        })
        .collect_view();
    let back = staff::batch(batch.id);
    view! {
        // A style of its own, that no other page has to load; here, because what is put into the head from here may come too late
        // for it.
        <link rel="stylesheet" href="/cards.css"/>
        <PageHeader title=batch.name.clone() back=(back, "The batch".to_owned())/>
        <div class="page-notice">
            <Alert tone=Tone::Warn title="Print these cards now, or save them as a list.">
                {format!("{count} with PINs that nobody can look up after this page. Print at 100 %, without margins.")}
            </Alert>
        </div>
        <div class="actions sheet-tools">
            <a class="btn" href=file download=name>
                "Save as CSV"
            </a>
            <CardTools>
                <div class="actions" id="card-tools" hidden>
                    <Button
                        kind=ButtonKind::Button
                        variant=Variant::Primary
                        icon=IconName::Printer
                        attr:data-print=""
                    >
                        "Print the cards"
                    </Button>
                    <span class="muted small" role="status"></span>
                </div>
            </CardTools>
        </div>
        <div class="sheets" tabindex="0" role="region" aria-label="The cards as they are printed">
            {pages}
        </div>
    }
}

fn one_card(batch: &Batch, host: &str, number: i64, pin: String, code: Option<String>) -> impl IntoView + use<> {
    let (host, name, site) = (host.to_owned(), batch.name.clone(), batch.site.clone());
    let site = (!site.is_empty()).then(|| view! { <span class="sheet-site">{said(site)}</span> });
    view! {
        <article class="sheet-card" aria-label=format!("Card {}", card_number(number))>
            <div>
                <strong class="sheet-host">{host}</strong>
                <span>"Scan the code, or go there and type:"</span>
                <span class="sheet-pin">{pin}</span>
                <span>
                    "Use by " <b>{batch.use_by()}</b> <br/> "Then stays open " <b>{batch.stays.in_words()}</b>
                </span>
                <span class="sheet-name">
                    <b>"Card " {card_number(number)}</b>
                    " · "
                    {said(name)}
                    {site}
                </span>
            </div>
            <div class="sheet-code" inner_html=code.unwrap_or_default()></div>
        </article>
    }
}

/// The cards as a table (RFC 4180).
fn csv(batch: &Batch, cards: impl Iterator<Item = ((i64, String), String)>) -> String {
    let mut table = "card,pin,address,batch,site,use by,then stays open\r\n".to_owned();
    for ((number, pin), link) in cards {
        let (name, site) = (cell(&batch.name), cell(&batch.site));
        let (use_by, stays) = (batch.use_by(), batch.stays.in_words());
        let _ = write!(table, "{},{pin},{link},{name},{site},{use_by},{stays}\r\n", card_number(number));
    }
    table
}

/// What somebody wrote, as a cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    format!("\"{}\"", no_formula(text).replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_and_their_marks_are_on_the_page() {
        for (paper, cards, count) in
            [("a4", "10", 10), ("a4", "8", 8), ("letter", "10", 10), ("letter", "8", 8), ("", "", 10)]
        {
            let layout = Layout::of(&SheetQuery::new(paper.to_owned(), cards.to_owned()));
            assert_eq!(layout.on_a_page(), count);
            // Where most printers print nothing, there is nothing to be printed: 5 mm, and the marks beside it.
            let room = |all: f64, one: f64, count: usize| (all - one * count as f64) / 2.0;
            assert!(room(layout.page[0], layout.card[0], COLUMNS) > 10.0, "{paper} {cards}");
            assert!(room(layout.page[1], layout.card[1], layout.rows) > 10.0, "{paper} {cards}");
            assert_eq!(layout.cuts().matches('M').count(), 2 * (COLUMNS + 1) + 2 * (layout.rows + 1));
        }
    }

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("Hall \"3\", left"), "\"Hall \"\"3\"\", left\"");
    }
}
