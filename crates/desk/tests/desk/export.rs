//! All of a ticket, taken out as one archive.

use std::io::{Cursor as Bytes, Read as _};

use domain::{
    Actor, Cursor, Error, ExportFormat, LedgerData, LedgerOf, LoginKind, Purpose, Role, ScopeDraft, TicketId,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use zip::ZipArchive;

use crate::support::{Bench, PDF, PNG, file, form, on_both_databases, text, ticket};

struct Scene {
    ana: Actor,
    eva: Actor,
    ticket: TicketId,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (customer, eva) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let ana = bench.log_in(&customer, LoginKind::Browser).await.actor;
        let files = [file("quote.pdf", PDF), file("../CON.png", PNG), file("quote.pdf", PDF), file("a<b>:c.pdf", PDF)];
        let opened = bench.desk.tickets().open(&ana, &mut ticket(files)).await.unwrap();
        let note = [text("body", "Not for her."), file("secret.pdf", PDF)];
        bench.desk.tickets().note(&eva, opened.id, &mut form(note)).await.unwrap();
        Self { ana, eva, ticket: opened.id }
    }
}

/// What is in the archive that somebody takes out, with its names.
async fn taken(bench: &Bench, who: &Actor, ticket: TicketId) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let export = bench.desk.tickets().take_out(who, ticket).await?;
    let page = stream::iter([Ok("<p>one</p>".to_owned()), Ok("<p>two</p>".to_owned())]);
    let bytes: Vec<_> = export.into_zip(page).try_collect().await.unwrap();
    let mut archive = ZipArchive::new(Bytes::new(bytes.concat())).unwrap();
    let entries = (0..archive.len()).map(|at| {
        let mut entry = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    });
    Ok(entries.collect())
}

fn names(taken: &[(String, Vec<u8>)]) -> Vec<&str> {
    taken.iter().map(|(name, _)| name.as_str()).collect()
}

on_both_databases! {
    async fn a_customer_takes_out_what_they_may_see(bench) {
        let scene = Scene::new(&bench).await;
        let theirs = taken(&bench, &scene.ana, scene.ticket).await.unwrap();
        let safe = ["index.html", "files/001-quote.pdf", "files/002-CON.png", "files/003-quote.pdf", "files/004-a_b__c.pdf"];
        assert_eq!(names(&theirs), safe);
        assert_eq!((theirs[0].1.as_slice(), theirs[1].1.as_slice(), theirs[2].1.as_slice()), (b"<p>one</p><p>two</p>".as_slice(), PDF, PNG));
        // Staff get what is internal, too.
        let all = taken(&bench, &scene.eva, scene.ticket).await.unwrap();
        assert_eq!(names(&all), [&safe[..], &["files/005-secret.pdf"]].concat());
        let found = bench.desk.ledger().list(&scene.eva, LedgerOf::Ticket(scene.ticket), Cursor::First, 500).await.unwrap().items;
        let exported = |count| LedgerData::Exported { format: ExportFormat::Zip, count };
        for (data, who) in [(exported(4), &scene.ana), (exported(5), &scene.eva)] {
            let noted: Vec<_> = found.iter().filter(|entry| entry.data == data).collect();
            assert_eq!((noted.len(), noted[0].actor_id), (1, who.id));
        }
    }

    async fn nobody_else_does(bench) {
        let scene = Scene::new(&bench).await;
        let ben = bench.customer("ben").await;
        let ben = bench.log_in(&ben, LoginKind::Api).await.actor;
        let other = bench.desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        let of = |ticket, purpose| ScopeDraft { ticket: Some(ticket), purpose, ..ScopeDraft::default() };
        let of_other = bench.let_in(&scene.ana, of(other, Purpose::Login), LoginKind::Api).await.actor;
        for stranger in [&ben, &of_other] {
            assert_eq!(taken(&bench, stranger, scene.ticket).await.unwrap_err(), Error::NotFound);
        }
        let outsider = bench.let_in(&scene.ana, of(scene.ticket, Purpose::Drop), LoginKind::Api).await.actor;
        assert!(matches!(taken(&bench, &outsider, scene.ticket).await, Err(Error::Forbidden { .. })));
        let of_it = bench.let_in(&scene.ana, of(scene.ticket, Purpose::Login), LoginKind::Api).await.actor;
        assert_eq!(taken(&bench, &of_it, scene.ticket).await.unwrap().len(), 5);
    }

    async fn what_is_gone_is_said_and_the_rest_is_there(bench) {
        let scene = Scene::new(&bench).await;
        let files = bench.desk.tickets().get(&scene.ana, scene.ticket).await.unwrap().attachments;
        let path = bench.folder.path().join(format!("media/tickets/{}/{}", scene.ticket, files[0].stored_name));
        std::fs::remove_file(path).unwrap();
        let taken = taken(&bench, &scene.ana, scene.ticket).await.unwrap();
        assert_eq!(names(&taken)[1], "files/001-quote.pdf.missing.txt");
        assert_eq!(taken[3].1, PDF);
    }

    async fn it_is_given_out_as_it_is_read(bench) {
        let scene = Scene::new(&bench).await;
        let export = bench.desk.tickets().take_out(&scene.ana, scene.ticket).await.unwrap();
        // A page without an end: what was not taken is not made.
        let made = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = std::sync::Arc::clone(&made);
        let page = stream::repeat_with(move || {
            let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            // Words that do not become small.
            Ok((0..2000).map(|at| format!("{:x}", (number * 7919 + at).wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect::<String>())
        });
        let mut archive = export.into_zip(page);
        for _ in 0..3 {
            assert!(archive.next().await.unwrap().is_ok());
        }
        tokio::task::yield_now().await;
        let before = made.load(std::sync::atomic::Ordering::SeqCst);
        assert!(before < 200, "{before} pieces for three");
        drop(archive);
    }
}
