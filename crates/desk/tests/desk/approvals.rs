//! What customers confirm with a PIN that is for that alone.

use desk::AskedApproval;
use domain::{
    Actor, Approval, ApprovalDraft, ApprovalState, Cursor, Error, EventData, LedgerData, LedgerKind, LedgerOf,
    LoginKind, Purpose, Result, Role, ScopeDraft, Status, TicketChange, TicketId,
};

use crate::support::{Bench, PDF, client, fields_of, file, on_both_databases, ticket};

struct Scene {
    ana: Actor,
    eva: Actor,
    ticket: TicketId,
}

impl Scene {
    async fn new(bench: &Bench) -> Self {
        let (customer, eva) = (bench.customer("ana").await, bench.staff("eva", Role::Agent).await);
        let ana = bench.log_in(&customer, LoginKind::Browser).await.actor;
        let opened = bench.desk.tickets().open(&ana, &mut ticket([file("quote.pdf", PDF)])).await.unwrap();
        Self { ana, eva, ticket: opened.id }
    }

    async fn asks(&self, bench: &Bench) -> AskedApproval {
        let files = bench.desk.tickets().get(&self.eva, self.ticket).await.unwrap().attachments;
        let files = files.iter().map(|file| file.id).collect();
        let draft = ApprovalDraft { text: "Two doors, oak.".into(), amount: "120 EUR".into(), files };
        bench.desk.approvals().ask(&self.eva, self.ticket, &draft).await.unwrap()
    }

    fn of_ticket(&self) -> ScopeDraft {
        ScopeDraft { ticket: Some(self.ticket), ..ScopeDraft::default() }
    }
}

async fn confirm(bench: &Bench, who: &Actor, asked: &AskedApproval) -> Result<Approval> {
    bench.desk.approvals().confirm(who, asked.approval.id, &asked.pin.to_string(), &client(9)).await
}

fn is_conflict<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Conflict { .. }))
}

async fn state(bench: &Bench, scene: &Scene, asked: &AskedApproval) -> ApprovalState {
    bench.desk.approvals().get(&scene.ana, asked.approval.id).await.unwrap().state
}

async fn count(bench: &Bench, scene: &Scene, kind: LedgerKind) -> usize {
    let found = bench.desk.ledger().list(&scene.eva, LedgerOf::Ticket(scene.ticket), Cursor::First, 500).await.unwrap();
    found.items.iter().filter(|entry| entry.data.kind() == kind).count()
}

on_both_databases! {
    async fn what_was_asked_is_confirmed_once(bench) {
        let scene = Scene::new(&bench).await;
        let approvals = bench.desk.approvals();
        let asked = scene.asks(&bench).await;
        assert_eq!((asked.pin.length().symbols(), asked.approval.sha256.len()), (8, 64));
        assert_eq!(asked.approval.expires_at, bench.desk.now().plus_seconds(1800));
        let theirs = approvals.list(&scene.ana, scene.ticket).await.unwrap();
        assert_eq!((theirs.len(), theirs[0].text.as_str(), theirs[0].amount.as_str()), (1, "Two doors, oak.", "120 EUR"));
        assert_eq!((theirs[0].files[0].name.as_str(), theirs[0].asked_by.as_deref()), ("quote.pdf", Some("Support")));
        assert_eq!(theirs[0].state, ApprovalState::Open);
        // Of two at once one is told that it is so.
        let (one, two) = tokio::join!(confirm(&bench, &scene.ana, &asked), confirm(&bench, &scene.ana, &asked));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert!(is_conflict(&one) || is_conflict(&two));
        let done = approvals.get(&scene.eva, asked.approval.id).await.unwrap();
        assert_eq!((done.state, &done.session, done.decided_at), (ApprovalState::Confirmed, &scene.ana.session, Some(bench.desk.now())));
        assert_eq!(approvals.get(&scene.ana, asked.approval.id).await.unwrap().session, None);
        let timeline = bench.desk.tickets().timeline(&scene.eva, scene.ticket, Cursor::First, 50).await.unwrap().items;
        let expected = EventData::ApprovalConfirmed {
            approval: asked.approval.id,
            sha256: asked.approval.sha256.clone(),
            pin: asked.approval.pin,
            session: scene.ana.session.clone(),
        };
        let confirmed: Vec<_> = timeline.iter().filter(|event| event.data == expected).collect();
        assert_eq!((confirmed.len(), confirmed[0].at, confirmed[0].by_staff), (1, bench.desk.now(), false));
        let found = bench.desk.ledger().list(&scene.eva, LedgerOf::Ticket(scene.ticket), Cursor::First, 500).await.unwrap().items;
        let expected = LedgerData::ApprovalConfirmed { approval: asked.approval.id, sha256: asked.approval.sha256.clone() };
        let noted = found.iter().find(|entry| entry.data == expected).unwrap();
        assert_eq!((noted.pin, noted.actor_id, &noted.session), (Some(asked.approval.pin), scene.ana.id, &scene.ana.session));
        assert!(noted.sentence(ToOwned::to_owned).contains("recorded confirmation"));
    }

    async fn its_pin_lets_nobody_in_and_no_other_pin_confirms(bench) {
        let scene = Scene::new(&bench).await;
        let asked = scene.asks(&bench).await;
        let other = scene.asks(&bench).await;
        let log_in = bench.desk.pins().redeem(&asked.pin.to_string(), &client(9), LoginKind::Api).await;
        assert_eq!(log_in.unwrap_err(), Error::WrongPin);
        let approvals = bench.desk.approvals();
        let id = asked.approval.id;
        for wrong in [&bench.pin(&scene.ana).await, &other.pin.to_string(), "SUP-0000-0000", "", "nothing of it"] {
            assert_eq!(approvals.confirm(&scene.ana, id, wrong, &client(9)).await.unwrap_err(), Error::WrongPin, "{wrong}");
        }
        assert!(confirm(&bench, &scene.ana, &asked).await.is_ok());
        assert!(confirm(&bench, &scene.ana, &other).await.is_ok());
        // Staff order no such PIN by itself.
        let alone = desk::NewPins { scope: ScopeDraft { purpose: Purpose::Approve, ..scene.of_ticket() }, ..desk::NewPins::one(scene.ana.id.unwrap()) };
        assert_eq!(fields_of(bench.desk.pins().issue(&scene.eva, alone).await.unwrap_err()), ["purpose"]);
    }

    async fn wrong_pins_count_as_everywhere(bench) {
        let scene = Scene::new(&bench).await;
        let asked = scene.asks(&bench).await;
        for _ in 0..10 {
            let wrong = bench.desk.approvals().confirm(&scene.ana, asked.approval.id, "SUP-0000-0000", &client(9)).await;
            assert_eq!(wrong.unwrap_err(), Error::WrongPin);
        }
        let refused = confirm(&bench, &scene.ana, &asked).await;
        assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "{refused:?}");
        let elsewhere = bench.desk.approvals().confirm(&scene.ana, asked.approval.id, &asked.pin.to_string(), &client(7)).await;
        assert!(elsewhere.is_ok(), "the PIN was not used up");
    }

    async fn a_text_that_changes_by_one_character_voids_the_pin(bench) {
        let scene = Scene::new(&bench).await;
        for (change, with_sum) in [
            ("text = 'Two doors, oak!'", false),
            ("text = 'Two doors, oak!'", true),
            ("amount = '129 EUR'", false),
            ("files = '[]'", false),
        ] {
            let asked = scene.asks(&bench).await;
            let id = asked.approval.id;
            bench.execute(&format!("UPDATE approvals SET {change} WHERE id = {id}")).await;
            if with_sum {
                // Whoever may write to the database may write a sum that fits. The PIN was made for the other one.
                let text = format!(r#"[{},"Two doors, oak!","120 EUR",[["quote.pdf","{}"]]]"#, scene.ticket, asked.approval.files[0].sha256);
                let sum: String = sha256(&text);
                bench.execute(&format!("UPDATE approvals SET sha256 = '{sum}' WHERE id = {id}")).await;
                assert_eq!(state(&bench, &scene, &asked).await, ApprovalState::Open, "it looks as if nothing were");
                assert_eq!(confirm(&bench, &scene.ana, &asked).await.unwrap_err(), Error::WrongPin);
            } else {
                assert_eq!(state(&bench, &scene, &asked).await, ApprovalState::Void, "{change}");
                assert!(is_conflict(&confirm(&bench, &scene.ana, &asked).await), "{change}");
            }
        }
        let anew = scene.asks(&bench).await;
        assert!(confirm(&bench, &scene.ana, &anew).await.is_ok(), "a new one is as good as any");
    }

    async fn a_file_that_is_gone_or_another_one_voids_the_pin(bench) {
        let scene = Scene::new(&bench).await;
        let files = bench.desk.tickets().get(&scene.eva, scene.ticket).await.unwrap().attachments;
        let path = bench.folder.path().join(format!("media/tickets/{}/{}", scene.ticket, files[0].stored_name));
        let asked = scene.asks(&bench).await;
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, b"%PDF-1.7 and another text").unwrap();
        assert!(is_conflict(&confirm(&bench, &scene.ana, &asked).await), "its bytes are others");
        std::fs::write(&path, bytes).unwrap();
        for (change, back) in [
            ("sha256 = 'f'".to_owned(), format!("sha256 = '{}'", asked.approval.files[0].sha256)),
            ("is_internal = TRUE".to_owned(), "is_internal = FALSE".to_owned()),
        ] {
            bench.execute(&format!("UPDATE attachments SET {change}")).await;
            assert_eq!(state(&bench, &scene, &asked).await, ApprovalState::Void, "{change}");
            assert!(is_conflict(&confirm(&bench, &scene.ana, &asked).await), "{change}");
            bench.execute(&format!("UPDATE attachments SET {back}")).await;
        }
        assert!(confirm(&bench, &scene.ana, &asked).await.is_ok());
        // What the customer does not see, and another ticket's, cannot be named.
        let other = bench.desk.tickets().open(&scene.ana, &mut ticket([file("b.pdf", PDF)])).await.unwrap();
        let draft = ApprovalDraft { text: "Yes".into(), files: vec![other.attachments[0].id], ..ApprovalDraft::default() };
        assert_eq!(fields_of(bench.desk.approvals().ask(&scene.eva, scene.ticket, &draft).await.unwrap_err()), ["files"]);
        bench.execute("UPDATE attachments SET is_internal = TRUE").await;
        assert_eq!(fields_of(bench.desk.approvals().ask(&scene.eva, other.id, &draft).await.unwrap_err()), ["files"]);
    }

    async fn it_ends_with_its_time_its_ticket_and_who_asked(bench) {
        let scene = Scene::new(&bench).await;
        let approvals = bench.desk.approvals();
        let late = scene.asks(&bench).await;
        bench.advance(1800);
        assert_eq!(state(&bench, &scene, &late).await, ApprovalState::Expired);
        assert!(is_conflict(&confirm(&bench, &scene.ana, &late).await));
        let withdrawn = scene.asks(&bench).await;
        approvals.withdraw(&scene.eva, withdrawn.approval.id).await.unwrap();
        assert!(is_conflict(&approvals.withdraw(&scene.eva, withdrawn.approval.id).await));
        assert_eq!(state(&bench, &scene, &withdrawn).await, ApprovalState::Withdrawn);
        assert!(is_conflict(&confirm(&bench, &scene.ana, &withdrawn).await));
        let revoked = scene.asks(&bench).await;
        bench.desk.pins().revoke(&scene.eva, revoked.approval.pin).await.unwrap();
        assert_eq!(state(&bench, &scene, &revoked).await, ApprovalState::Void);
        assert!(is_conflict(&confirm(&bench, &scene.ana, &revoked).await));
        let closed = scene.asks(&bench).await;
        let set = async |status| {
            let change = TicketChange { status: Some(status), ..TicketChange::default() };
            bench.desk.tickets().update(&scene.eva, scene.ticket, &change).await.unwrap();
        };
        set(Status::Closed).await;
        assert!(is_conflict(&confirm(&bench, &scene.ana, &closed).await));
        let draft = ApprovalDraft { text: "Yes".into(), ..ApprovalDraft::default() };
        assert!(is_conflict(&approvals.ask(&scene.eva, scene.ticket, &draft).await));
        set(Status::Open).await;
        assert!(is_conflict(&confirm(&bench, &scene.ana, &closed).await), "also when it is opened again");
        let gone = scene.asks(&bench).await;
        bench.desk.tickets().delete(&Actor::command_line(), scene.ticket).await.unwrap();
        assert_eq!(confirm(&bench, &scene.ana, &gone).await.unwrap_err(), Error::NotFound);
    }

    async fn a_customer_may_say_no(bench) {
        let scene = Scene::new(&bench).await;
        let approvals = bench.desk.approvals();
        let asked = scene.asks(&bench).await;
        assert_eq!(fields_of(approvals.decline(&scene.ana, asked.approval.id, &"x".repeat(201)).await.unwrap_err()), ["why"]);
        let declined = approvals.decline(&scene.ana, asked.approval.id, " Too dear. ").await.unwrap();
        assert_eq!((declined.state, declined.why.as_str()), (ApprovalState::Declined, "Too dear."));
        assert!(is_conflict(&confirm(&bench, &scene.ana, &asked).await));
        assert!(is_conflict(&approvals.decline(&scene.ana, asked.approval.id, "").await));
        assert!(is_conflict(&approvals.withdraw(&scene.eva, asked.approval.id).await));
        let timeline = bench.desk.tickets().timeline(&scene.eva, scene.ticket, Cursor::First, 50).await.unwrap().items;
        let said = EventData::ApprovalDeclined { approval: asked.approval.id, why: "Too dear.".into() };
        assert_eq!(timeline.iter().filter(|event| event.data == said).count(), 1);
        for (kind, many) in [(LedgerKind::ApprovalDeclined, 1), (LedgerKind::PinRevoked, 1), (LedgerKind::ApprovalConfirmed, 0)] {
            assert_eq!(count(&bench, &scene, kind).await, many);
        }
        let yes = scene.asks(&bench).await;
        confirm(&bench, &scene.ana, &yes).await.unwrap();
        assert!(is_conflict(&approvals.decline(&scene.ana, yes.approval.id, "").await));
        assert!(is_conflict(&approvals.withdraw(&scene.eva, yes.approval.id).await));
    }

    async fn who_may_ask_and_who_may_answer(bench) {
        let scene = Scene::new(&bench).await;
        let approvals = bench.desk.approvals();
        let asked = scene.asks(&bench).await;
        let id = asked.approval.id;
        let draft = ApprovalDraft { text: "Yes".into(), ..ApprovalDraft::default() };
        let ben = bench.customer("ben").await;
        let ben = bench.log_in(&ben, LoginKind::Api).await.actor;
        let other = bench.desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap().id;
        let of_other = bench.let_in(&scene.ana, ScopeDraft { ticket: Some(other), ..ScopeDraft::default() }, LoginKind::Api).await.actor;
        for stranger in [&ben, &of_other] {
            assert_eq!(approvals.get(stranger, id).await.unwrap_err(), Error::NotFound);
            assert_eq!(approvals.list(stranger, scene.ticket).await.unwrap_err(), Error::NotFound);
            assert_eq!(confirm(&bench, stranger, &asked).await.unwrap_err(), Error::NotFound);
            assert_eq!(approvals.decline(stranger, id, "").await.unwrap_err(), Error::NotFound);
        }
        let whom = domain::DelegationDraft { whom: "Kim".into(), ..domain::DelegationDraft::default() };
        let delegation = bench.desk.delegations().make(&scene.ana, &whom).await.unwrap();
        let kim = bench.desk.pins().redeem(&delegation.pin.to_string(), &client(9), LoginKind::Api).await.unwrap().actor;
        let drops = ScopeDraft { purpose: Purpose::Drop, ..scene.of_ticket() };
        let outsider = bench.let_in(&scene.ana, drops, LoginKind::Api).await.actor;
        for refused in [&kim, &outsider, &scene.eva] {
            let outcome = confirm(&bench, refused, &asked).await;
            assert!(matches!(outcome, Err(Error::Forbidden { .. })), "{outcome:?}");
            assert!(matches!(approvals.decline(refused, id, "").await, Err(Error::Forbidden { .. })));
        }
        for customer in [&scene.ana, &kim, &outsider] {
            assert!(matches!(approvals.ask(customer, scene.ticket, &draft).await, Err(Error::Forbidden { .. })));
            assert!(matches!(approvals.withdraw(customer, id).await, Err(Error::Forbidden { .. })));
        }
        assert!(matches!(approvals.list(&outsider, scene.ticket).await, Err(Error::Forbidden { .. })));
        assert_eq!(approvals.ask(&scene.eva, TicketId(4711), &draft).await.unwrap_err(), Error::NotFound);
        let blank = ApprovalDraft::default();
        assert_eq!(fields_of(approvals.ask(&scene.eva, scene.ticket, &blank).await.unwrap_err()), ["text"]);
        // A session for the ticket alone that only reads sees it, and so may answer.
        let reading = ScopeDraft { can: Some("read".parse().unwrap()), ..scene.of_ticket() };
        let narrow = bench.let_in(&scene.ana, reading, LoginKind::Api).await.actor;
        assert_eq!(confirm(&bench, &narrow, &asked).await.unwrap().state, ApprovalState::Confirmed);
        // A session that ended answers nothing.
        let late = scene.asks(&bench).await;
        bench.desk.sessions().log_out(&scene.ana).await.unwrap();
        assert_eq!(confirm(&bench, &scene.ana, &late).await.unwrap_err(), Error::Unauthenticated);
    }

    async fn asking_takes_a_caller_code_where_issuing_does(bench) {
        let scene = Scene::new(&bench).await;
        let config = desk::DeskConfig { require_caller_code: vec![domain::CallerDeed::Pins], ..bench.config.clone() };
        let desk = desk::Desk::open(config).await.unwrap();
        let draft = ApprovalDraft { text: "Yes".into(), ..ApprovalDraft::default() };
        let refused = desk.approvals().ask(&scene.eva, scene.ticket, &draft).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
        let code = desk.callers().make(&scene.ana).await.unwrap().code.unwrap();
        desk.callers().check(&scene.eva, code.digits()).await.unwrap();
        assert!(desk.approvals().ask(&scene.eva, scene.ticket, &draft).await.is_ok());
    }

    async fn the_page_shows_its_pin_once(bench) {
        let scene = Scene::new(&bench).await;
        let eva = bench.log_in_staff(&scene.eva).await.actor;
        let draft = ApprovalDraft { text: "Yes".into(), ..ApprovalDraft::default() };
        let pin = bench.desk.approvals().ask_to_show(&eva, scene.ticket, &draft).await.unwrap();
        let shown = bench.desk.pins().show_once(&eva, pin).await.unwrap().unwrap();
        assert!(bench.desk.pins().show_once(&eva, pin).await.unwrap().is_none());
        let asked = bench.desk.approvals().list(&scene.eva, scene.ticket).await.unwrap().remove(0);
        let asked = AskedApproval { approval: asked, pin: shown.pin };
        assert!(confirm(&bench, &scene.ana, &asked).await.is_ok());
        assert_eq!(count(&bench, &scene, LedgerKind::PinShown).await, 1);
    }
}

fn sha256(text: &str) -> String {
    use std::fmt::Write as _;

    use sha2::Digest as _;

    sha2::Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut sum, byte| {
        let _ = write!(sum, "{byte:02x}");
        sum
    })
}
