//! A customer is erased: what goes, what stays, and who may.

use domain::{
    Actor, ApprovalDraft, Cursor, Error, LedgerOf, LoginKind, RecoveryAnswer, RecoveryCheck, RecoveryDraft, Role,
};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::support::{Bench, PNG, client, fields_of, file, form, on_both_databases, text, ticket};

/// How many rows of all tables hold this text.
async fn holding(bench: &Bench, word: &str) -> Vec<String> {
    let connection = bench.connection().await;
    let backend = connection.get_database_backend();
    let mut found = Vec::new();
    let tables: [(&str, &[&str]); 12] = [
        ("users", &["username", "name", "email"]),
        ("tickets", &["title", "description"]),
        ("messages", &["body"]),
        ("events", &["data", "via"]),
        ("ledger", &["data", "via"]),
        ("attachments", &["name", "stored_name"]),
        ("drafts", &["fields"]),
        ("pins", &["label"]),
        ("sessions", &["label"]),
        ("approvals", &["text", "amount", "files", "why"]),
        ("recoveries", &["name", "callback", "how"]),
        ("caller_checks", &["how"]),
    ];
    for (table, columns) in tables {
        for column in columns {
            // A column without a value holds nothing.
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%{word}%'");
            let row = connection.query_one_raw(Statement::from_string(backend, sql)).await.unwrap().unwrap();
            if row.try_get_by_index::<i64>(0).unwrap() > 0 {
                found.push(format!("{table}.{column}"));
            }
        }
    }
    found
}

on_both_databases! {
    async fn all_of_a_customer_goes_and_the_ledger_keeps_a_number(bench) {
        let (mia, ben) = (bench.staff("mia", Role::Admin).await, bench.customer("ben").await);
        let draft = domain::PersonDraft { username: "anaconda".into(), name: "Ana Condor".into(), email: "ana@condor.example".into() };
        let person = bench.desk.users().create_customer(&mia, &draft).await.unwrap();
        let ana = Actor { id: Some(person.id), username: "anaconda".into(), name: "Ana Condor".into(), ..ben.clone() };
        let logged_in = bench.log_in(&ana, LoginKind::Api).await;
        let mut opened = form([text("title", "Condor printer"), text("description", "Condor."), file("condor.png", PNG)]);
        let id = bench.desk.tickets().open(&ana, &mut opened).await.unwrap().id;
        let mut answer = form([text("body", "Dear Condor"), file("plug.png", PNG)]);
        bench.desk.tickets().reply(&mia, id, &mut answer).await.unwrap();
        let asked = ApprovalDraft { text: "A new one for Ana Condor".into(), ..ApprovalDraft::default() };
        bench.desk.approvals().ask(&mia, id, &asked).await.unwrap();
        let lost = RecoveryDraft { name: "Ana Condor".into(), callback: "condor@example.org".into() };
        bench.desk.recoveries().ask(&client(3), &lost).await.unwrap();
        let lost = bench.desk.recoveries().list(&mia).await.unwrap().0[0].id;
        let checked = RecoveryCheck::CalledBack;
        let found = RecoveryAnswer { customer: person.id, checked, how: "At her number.".into(), ends_sessions: false };
        bench.desk.recoveries().answer(&mia, lost, &found).await.unwrap();
        let others = bench.desk.tickets().open(&ben, &mut ticket([file("his.png", PNG)])).await.unwrap();
        let documents = bench.documents().await;
        let would = bench.desk.users().erasure(&mia, person.id).await.unwrap();
        assert_eq!((would.tickets, would.messages, would.files, would.pins, would.sessions), (1, 1, 2, 3, 1));
        let before = holding(&bench, "ondor").await;
        for place in ["users.name", "tickets.title", "messages.body", "attachments.name", "approvals.text", "recoveries.name"] {
            assert!(before.contains(&place.to_owned()), "{place} is looked into: {before:?}");
        }
        assert!(would.events >= 4 && would.ledger >= 3, "{would:?}");
        assert_eq!(bench.desk.tickets().list_own(&ana, Cursor::First, 9).await.unwrap().items.len(), 1, "nothing was done");
        let erased = bench.desk.users().erase(&mia, person.id).await.unwrap();
        assert_eq!((erased.tickets, erased.files, erased.file_bytes), (1, 2, 2 * PNG.len() as u64));
        assert_eq!(holding(&bench, "ondor").await, [""; 0]);
        assert_eq!(holding(&bench, "anaconda").await, [""; 0]);
        assert_eq!(bench.documents().await, documents - 2);
        assert!(bench.desk.sessions().authenticate(&logged_in.tokens.access).await.is_err());
        assert_eq!(bench.desk.users().customer(&mia, person.id).await.unwrap_err(), Error::NotFound);
        let trash = bench.folder.path().join("trash/tickets").join(id.to_string());
        assert_eq!(std::fs::read_dir(trash).unwrap().count(), 2);
        // What others have is as it was.
        assert_eq!(bench.desk.tickets().get(&ben, others.id).await.unwrap().attachments.len(), 1);
        let entries = bench.desk.ledger().list(&mia, LedgerOf::Desk, Cursor::First, 50).await.unwrap().items;
        let told = entries[0].sentence(ToOwned::to_owned);
        assert_eq!(told, format!("mia erased Customer no. {} (erased) with 1 ticket and 2 files.", person.id));
        let began = entries.iter().find(|entry| entry.session.is_some()).unwrap();
        assert_eq!(began.customer, Some(format!("Customer no. {} (erased)", person.id)));
        let findings = desk::examine(&bench.config, 7, false).await;
        let fine = ["backup", "verified backup", "space", "modes"];
        assert!(findings.iter().all(|finding| fine.contains(&finding.check)), "{findings:?}");
        // The number is nobody else's.
        let next = bench.customer("carl").await;
        assert!(next.id.unwrap() > person.id);
    }

    async fn what_begins_while_a_customer_is_erased_goes_or_is_refused(bench) {
        let (mia, eva) = (bench.staff("mia", Role::Admin).await, bench.staff("eva", Role::Agent).await);
        let (tickets, users, pins) = (bench.desk.tickets(), bench.desk.users(), bench.desk.pins());
        for number in 0..6 {
            let name = format!("ana{number}");
            let id = bench.customer(&name).await.id.unwrap();
            let mut form = ticket([text("customer", &name), file("plug.png", PNG)]);
            let (opened, erased, issued) = futures::join!(
                tickets.open_for(&eva, &mut form),
                users.erase(&mia, id),
                pins.issue(&eva, desk::NewPins::one(id)),
            );
            erased.unwrap();
            if let Err(refusal) = opened {
                assert_eq!(fields_of(refusal), ["customer"]);
            }
            assert!(matches!(issued, Ok(_) | Err(Error::NotFound | Error::Conflict { .. })), "{issued:?}");
        }
        let left = tickets.list(&eva, &domain::TicketFilter::default(), Cursor::First, 9).await.unwrap().items;
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(holding(&bench, "ana").await, [""; 0]);
    }

    async fn admins_alone_erase_and_no_staff(bench) {
        let (mia, eva) = (bench.staff("mia", Role::Admin).await, bench.staff("eva", Role::Agent).await);
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let users = bench.desk.users();
        let id = ana.id.unwrap();
        for refused in [&eva, &ana, &ben] {
            assert!(matches!(users.erase(refused, id).await, Err(Error::Forbidden { .. })));
            assert!(matches!(users.erasure(refused, id).await, Err(Error::Forbidden { .. })));
        }
        assert!(matches!(users.erase(&mia, eva.id.unwrap()).await, Err(Error::Conflict { .. })));
        assert_eq!(users.erase(&mia, domain::UserId(4711)).await.unwrap_err(), Error::NotFound);
        assert!(users.customer(&mia, id).await.is_ok());
    }
}
