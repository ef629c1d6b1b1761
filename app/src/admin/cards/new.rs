//! The page `/admin/batches/new`.

use domain::{BATCH_NAME_MAX_CHARS, PinCount, length_words};
use islands::{
    addresses::staff,
    ui::{Button, ButtonLink, Card, Field, IconName, PageHeader, Select, TextInput, Variant},
};
use leptos::prelude::*;

use super::{
    api::MakeCards,
    sheet::{PAPERS, PER_PAGE},
};
use crate::{
    admin::{
        frame::{Content, Visit, staff_page},
        nav::Place,
    },
    layout::form::{Form, FormState},
};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// How long the session of a card may stay.
const STAYS: [i64; 7] = [HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY];

/// Makes a batch of cards.
#[component]
pub fn NewBatchPage() -> impl IntoView {
    staff_page(Place::Cards, |visit| async move {
        let categories = visit.context().desk.categories().names().await?;
        Ok(Content::new("Make cards", view(visit, categories)))
    })
}

/// What becomes of who uses a card.
const WHO: [(&str, &str); 2] =
    [("", "Is called by the card, as “Card 017, Spring fair”"), ("unnamed", "Stays unknown")];

/// What becomes of who uses a card, in words.
pub(super) fn who(is_unnamed: bool) -> &'static str {
    WHO[usize::from(is_unnamed)].1
}

fn words((value, words): (&str, &str)) -> (String, String) {
    (value.to_owned(), words.to_owned())
}

/// The fields that say how cards are printed.
pub(super) fn print_fields(form: FormState) -> impl IntoView {
    view! {
        <div class="form-row">
            <Field id="paper" label="Paper">
                <Select name="paper" options=PAPERS.map(words).to_vec() selected=form.value("paper", PAPERS[0].0)/>
            </Field>
            <Field id="cards" label="Cards on a page">
                <Select name="cards" options=PER_PAGE.map(words).to_vec() selected=form.value("cards", PER_PAGE[0].0)/>
            </Field>
        </div>
    }
}

fn view(visit: Visit, categories: Vec<String>) -> impl IntoView + use<> {
    let form = visit.form::<MakeCards>();
    let (name_max, site_max) = (BATCH_NAME_MAX_CHARS.to_string(), BATCH_NAME_MAX_CHARS.to_string());
    let (few, most) = (PinCount::FEW, *PinCount::RANGE.end());
    let how_many = if visit.actor().role.can_issue_many_pins() {
        format!("1 to {most}.")
    } else {
        format!("1 to {few}. An admin can make up to {most} at once.")
    };
    let none = words(("", "No category"));
    let categories = std::iter::once(none).chain(categories.into_iter().map(|name| (name.clone(), name))).collect();
    let mays = [("read,reply,upload", "Open tickets, write and add files"), ("read,reply", "Open tickets and write")]
        .map(words);
    let stays = STAYS.map(|seconds| (seconds.to_string(), length_words(seconds)));
    view! {
        <PageHeader title="Make cards" back=(staff::BATCHES.to_owned(), "Cards".to_owned())/>
        <div class="column">
            <Card>
                <Form<MakeCards> page=visit.page() attr:class="form">
                    <Field
                        id="name"
                        label="Name"
                        hint="It stands on the cards, as in “Spring fair”."
                        errors=form.errors("name")
                    >
                        <TextInput
                            name="name"
                            value=form.value("name", "")
                            attr:required=true
                            attr:maxlength=name_max
                            attr:autocomplete="off"
                        />
                    </Field>
                    <Field
                        id="site"
                        label="Site"
                        optional=true
                        hint="Where they are handed out. It stands on the cards, and beside the tickets that come by them."
                        errors=form.errors("site")
                    >
                        <TextInput
                            name="site"
                            value=form.value("site", "")
                            attr:maxlength=site_max
                            attr:autocomplete="off"
                        />
                    </Field>
                    <Field
                        id="category"
                        label="Category"
                        hint="A new ticket has it at first."
                        errors=form.errors("category")
                    >
                        <Select name="category" options=categories selected=form.value("category", "")/>
                    </Field>
                    <Field id="can" label="A card lets people" errors=form.errors("can")>
                        <Select name="can" options=mays.to_vec() selected=form.value("can", mays_at_first())/>
                    </Field>
                    <div class="form-row">
                        <Field
                            id="use_by"
                            label="Use by"
                            hint="The last day on which a card can be used."
                            errors=form.errors("use_by")
                        >
                            <TextInput
                                name="use_by"
                                kind="date"
                                value=form.value("use_by", "")
                                attr:required=true
                                attr:min=visit.now.to_date()
                                attr:max=visit.now.plus_seconds(90 * DAY).to_date()
                            />
                        </Field>
                        <Field
                            id="stays"
                            label="Then stays open"
                            hint="From the moment at which it is used."
                            errors=form.errors("stays")
                        >
                            <Select
                                name="stays"
                                options=stays.to_vec()
                                selected=form.value("stays", &(8 * HOUR).to_string())
                            />
                        </Field>
                    </div>
                    <Field
                        id="who"
                        label="Who uses one"
                        hint="Of unknown people no address of their device is kept. They come back by a code of their own, also after the time above."
                    >
                        <Select name="who" options=WHO.map(words).to_vec() selected=form.value("who", WHO[0].0)/>
                    </Field>
                    <Field id="count" label="How many" hint=how_many errors=form.errors("count")>
                        <TextInput
                            name="count"
                            value=form.value("count", "10")
                            attr:required=true
                            attr:inputmode="numeric"
                            attr:maxlength="5"
                            attr:autocomplete="off"
                        />
                    </Field>
                    {print_fields(form)}
                    <div class="form-actions">
                        <Button variant=Variant::Primary icon=IconName::Printer>
                            "Make the cards"
                        </Button>
                        <ButtonLink href=staff::BATCHES variant=Variant::Quiet>
                            "Cancel"
                        </ButtonLink>
                    </div>
                </Form<MakeCards>>
            </Card>
            <p class="muted small">
                "The next page shows the cards once, to print or to save as a list. Whoever uses a card becomes a customer of \
                 their own, who sees nothing of the others."
            </p>
        </div>
    }
}

/// What a card lets people do unless somebody chooses less.
const fn mays_at_first() -> &'static str {
    "read,reply,upload"
}
