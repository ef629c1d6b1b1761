//! All that the desk has of a customer, taken out as one archive.

use std::{
    collections::BTreeMap,
    io::{Cursor as Bytes, Read as _},
};

use domain::{
    Actor, ApprovalDraft, AuditFilter, AuditGroup, Cursor, DraftPlace, Error, LedgerData, LoginKind, Role, TicketId,
    UserId,
};
use futures::{TryStreamExt as _, stream};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::Value;
use zip::ZipArchive;

use crate::support::{Bench, PDF, PNG, file, form, on_both_databases, text, ticket};

/// What is in the archive that an admin takes out, by its name.
async fn taken(bench: &Bench, who: &Actor, customer: &Actor) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let export = bench.desk.users().take_out(who, customer.id.unwrap()).await?;
    let index = stream::iter([Ok("<p>index</p>".to_owned())]);
    let page = |of: &desk::Export| stream::iter([Ok(format!("<p>{}</p>", of.view.ticket.title))]);
    let bytes: Vec<_> = export.into_zip(index, page).try_collect().await.unwrap();
    let mut archive = ZipArchive::new(Bytes::new(bytes.concat())).unwrap();
    let entries = (0..archive.len()).map(|at| {
        let mut entry = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    });
    Ok(entries.collect())
}

struct Scene {
    ana: Actor,
    mia: Actor,
    eva: Actor,
    tickets: [TicketId; 2],
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (customer, eva) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let mia = bench.staff("mia", Role::Admin).await;
        let ana = bench.log_in(&customer, LoginKind::Browser).await.actor;
        let desk = &bench.desk;
        let first = desk.tickets().open(&ana, &mut ticket([file("quote.pdf", PDF)])).await.unwrap().id;
        desk.tickets()
            .note(&eva, first, &mut form([text("body", "She shouts."), file("secret.pdf", PDF)]))
            .await
            .unwrap();
        desk.tickets().reply(&eva, first, &mut form([text("body", "Dear Ana"), file("plug.png", PNG)])).await.unwrap();
        let second = desk.tickets().open(&ana, &mut ticket([])).await.unwrap().id;
        let draft = ApprovalDraft { text: "Two doors".into(), ..ApprovalDraft::default() };
        desk.approvals().ask(&eva, second, &draft).await.unwrap();
        let typed = BTreeMap::from([("body".to_owned(), "Not sent yet".to_owned())]);
        desk.drafts().save(&ana, DraftPlace::Reply(second), &typed, None).await.unwrap();
        Self { ana, mia, eva, tickets: [first, second] }
    }
}

fn of<'a>(value: &'a Value, list: &str) -> &'a Vec<Value> {
    value[list].as_array().unwrap()
}

on_both_databases! {
    async fn all_of_a_customer_is_in_it_and_nothing_that_is_secret_or_internal(bench) {
        let scene = Scene::new(&bench).await;
        let ben = bench.customer("ben").await;
        bench.desk.tickets().open(&ben, &mut ticket([file("his.pdf", PDF)])).await.unwrap();
        let taken = taken(&bench, &scene.mia, &scene.ana).await.unwrap();
        let [first, second] = scene.tickets;
        let names: Vec<&str> = taken.keys().map(String::as_str).collect();
        let files = [format!("tickets/{first}/files/001-quote.pdf"), format!("tickets/{first}/files/002-plug.png")];
        let pages = [format!("tickets/{first}/index.html"), format!("tickets/{second}/index.html")];
        assert_eq!(names, ["data.json", "index.html", &files[0], &files[1], &pages[0], &pages[1]]);
        assert_eq!((taken[&files[0]].as_slice(), taken[&files[1]].as_slice()), (PDF, PNG));
        let json = String::from_utf8(taken["data.json"].clone()).unwrap();
        let data: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&data["person"]["username"], &data["taken_out"]["by"]), (&"ana".into(), &"mia".into()));
        assert_eq!((&data["left_out"]["internal_notes"], &data["left_out"]["internal_files"]), (&1.into(), &1.into()));
        let tickets = of(&data, "tickets");
        assert_eq!(tickets.len(), 2);
        assert_eq!(tickets[0]["files"][1]["path"], files[1]);
        let said: Vec<_> = of(&tickets[0], "timeline").iter().map(|entry| &entry["text"]).collect();
        assert!(said.contains(&&"Dear Ana".into()), "{said:?}");
        assert_eq!(tickets[1]["approvals"][0]["text"], "Two doors");
        assert_eq!((of(&data, "pins").len(), of(&data, "sessions").len()), (2, 1));
        assert_eq!(data["drafts"][0]["fields"]["body"], "Not sent yet");
        let kinds: Vec<_> = of(&data, "ledger").iter().map(|entry| entry["data"]["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&"pin_redeemed") && kinds.contains(&"session_began") && kinds[0] == "person_taken_out", "{kinds:?}");
        for word in ["She shouts", "secret.pdf", "his.pdf", "hash\":\"$", "refresh_jti", "nonce"] {
            assert!(!json.contains(word), "{word}");
        }
        // Nothing of a PIN or a token, as the database has it.
        let connection = bench.connection().await;
        for column in ["hash FROM pins", "refresh_jti FROM sessions"] {
            let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), format!("SELECT {column}"))).await.unwrap();
            assert!(!rows.is_empty());
            for row in rows {
                let secret: String = row.try_get_by_index(0).unwrap();
                assert!(!json.contains(&secret), "{column}");
            }
        }
    }

    async fn what_others_did_is_in_it_without_their_address(bench) {
        let scene = Scene::new(&bench).await;
        let from = |actor: &Actor, address: &str| Actor { client: Some(address.into()), ..actor.clone() };
        let new = desk::NewPins::one(scene.ana.id.unwrap());
        bench.desk.pins().issue(&from(&scene.eva, "203.0.113.9"), new).await.unwrap();
        let taken = taken(&bench, &from(&scene.mia, "203.0.113.8"), &scene.ana).await.unwrap();
        let json = String::from_utf8(taken["data.json"].clone()).unwrap();
        assert!(!json.contains("203.0.113"), "{json}");
        // That of her own log-in is.
        assert!(json.contains("\"address\":\"192.0.2."), "{json}");
    }

    async fn it_is_in_the_audit_and_in_their_ledger(bench) {
        let scene = Scene::new(&bench).await;
        taken(&bench, &scene.mia, &scene.ana).await.unwrap();
        let filter = AuditFilter { group: Some(AuditGroup::Backups), ..AuditFilter::default() };
        let audit = bench.desk.audit().list(&scene.mia, &filter, Cursor::First, 9).await.unwrap().items;
        assert_eq!(audit[0].data, LedgerData::PersonTakenOut { tickets: 2, files: 2 });
        assert_eq!(audit[0].sentence(ToOwned::to_owned), "mia took out all that is kept of ana: 2 tickets and 2 files.");
        let of = domain::LedgerOf::Customer(scene.ana.id.unwrap());
        let ledger = bench.desk.ledger().list(&scene.eva, of, Cursor::First, 1).await.unwrap().items;
        assert_eq!(ledger[0].number, audit[0].number);
    }

    async fn admins_alone_take_it_out_and_of_customers_alone(bench) {
        let scene = Scene::new(&bench).await;
        let ben = bench.customer("ben").await;
        for refused in [&scene.eva, &scene.ana, &ben] {
            assert!(matches!(taken(&bench, refused, &scene.ana).await, Err(Error::Forbidden { .. })));
        }
        assert_eq!(taken(&bench, &scene.mia, &scene.eva).await.unwrap_err(), Error::NotFound);
        let nobody = Actor { id: Some(UserId(4711)), ..ben };
        assert_eq!(taken(&bench, &scene.mia, &nobody).await.unwrap_err(), Error::NotFound);
    }

    async fn a_ticket_that_is_withdrawn_meanwhile_is_left_out(bench) {
        let scene = Scene::new(&bench).await;
        let export = bench.desk.users().take_out(&scene.mia, scene.ana.id.unwrap()).await.unwrap();
        let third = bench.desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        let mut late = bench.desk.users().take_out(&scene.mia, scene.ana.id.unwrap()).await.unwrap();
        late.tickets.retain(|(id, _)| *id == third);
        bench.desk.tickets().delete(&scene.ana, third).await.unwrap();
        for (export, pages) in [(export, 2), (late, 0)] {
            let page = |_: &desk::Export| stream::iter([Ok(String::new())]);
            let bytes: Vec<_> = export.into_zip(stream::iter([]), page).try_collect().await.unwrap();
            let mut archive = ZipArchive::new(Bytes::new(bytes.concat())).unwrap();
            let names: Vec<_> = (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned()).collect();
            assert_eq!(names.iter().filter(|name| name.ends_with("/index.html")).count(), pages, "{names:?}");
        }
    }
}
