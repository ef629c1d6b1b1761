//! Server functions of cards.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]
#![expect(clippy::too_many_arguments, reason = "an argument is a field of a form")]

use domain::{BatchDraft, BatchId, CardId, Error, FieldErrors};
use islands::{
    addresses::{after, staff, with},
    refusal::Refusal,
    request::{answer, caller},
};
use leptos::prelude::*;
use std::str::FromStr;

use super::sheet::SheetQuery;
use crate::admin::read;

/// Makes a batch of `count` cards with a `name` and a `site`, for tickets of a `category`. A card opens what it `can` (words
/// with commas between them), can be used until the end of the day `use_by`, and its session `stays` open so many seconds. Who
/// uses one stays without an identity if `who` is `unnamed`. The
/// next page shows them, once, on `paper` with so many `cards` to a page.
///
/// # Errors
/// [`domain::Error::Invalid`] for the fields; [`domain::Error::Forbidden`], also for an agent who wants many.
#[server(prefix = "/fn", endpoint = "make_cards")]
pub async fn make_cards(
    #[server(default)] name: String,
    #[server(default)] site: String,
    #[server(default)] category: String,
    #[server(default)] can: String,
    #[server(default)] use_by: String,
    #[server(default)] stays: String,
    #[server(default)] count: String,
    #[server(default)] who: String,
    #[server(default)] paper: String,
    #[server(default)] cards: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let mut errors = FieldErrors::default();
    let can = read_as(&mut errors, &can, "can", "Choose what the cards open.");
    let stays = read_as(&mut errors, &stays, "stays", "Choose how long the access stays open.");
    let count = read_as(&mut errors, &count, "count", "Write how many, as in 24.");
    if !errors.is_empty() {
        answer(Err::<(), Error>(errors.into()))?;
    }
    let draft = BatchDraft {
        name,
        site,
        category,
        can,
        use_by,
        stays: stays.unwrap_or_default(),
        count: count.unwrap_or_default(),
        is_unnamed: who == "unnamed",
    };
    let batch = answer(context.desk.cards().make(&actor, &draft).await)?;
    leptos_axum::redirect(&with(&staff::sheet(batch), &SheetQuery::new(paper, cards)));
    Ok(())
}

/// Makes new cards in the place of those of a batch that nobody used, which are revoked.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Conflict`] where none is unused or the batch is over;
/// [`domain::Error::Forbidden`], also for an agent where there are many.
#[server(prefix = "/fn", endpoint = "make_cards_again")]
pub async fn make_cards_again(
    id: String,
    #[server(default)] paper: String,
    #[server(default)] cards: String,
) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let batch = answer(read::id::<BatchId>(&id))?;
    answer(context.desk.cards().make_again(&actor, batch).await)?;
    leptos_axum::redirect(&with(&staff::sheet(batch), &SheetQuery::new(paper, cards)));
    Ok(())
}

/// Revokes all cards of a batch that nobody used.
///
/// # Errors
/// As [`make_cards_again`].
#[server(prefix = "/fn", endpoint = "revoke_cards")]
pub async fn revoke_cards(id: String) -> Result<u64, Refusal> {
    let (context, actor) = caller()?;
    let batch = answer(read::id::<BatchId>(&id))?;
    let count = answer(context.desk.cards().revoke_rest(&actor, batch).await)?;
    leptos_axum::redirect(&after("cards", &staff::batch(batch)));
    Ok(count)
}

/// Revokes one card that nobody used.
///
/// # Errors
/// [`domain::Error::NotFound`]; [`domain::Error::Conflict`] for one that was used or revoked, or is over;
/// [`domain::Error::Forbidden`].
#[server(prefix = "/fn", endpoint = "revoke_card")]
pub async fn revoke_card(id: String) -> Result<(), Refusal> {
    let (context, actor) = caller()?;
    let card = answer(read::id::<CardId>(&id))?;
    let batch = answer(context.desk.cards().revoke(&actor, card).await)?;
    leptos_axum::redirect(&after("cards", &staff::batch(batch)));
    Ok(())
}

/// What was filled in, as what it must be; noted where it is not.
fn read_as<T: FromStr>(errors: &mut FieldErrors, text: &str, field: &'static str, sentence: &str) -> Option<T> {
    let text = read::filled(text)?;
    errors.take(field, text.parse().map_err(|_| sentence.to_owned()))
}
