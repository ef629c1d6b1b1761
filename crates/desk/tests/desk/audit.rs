//! What staff changed is kept with its old and new value, and admins look through it.

use domain::{
    Actor, AuditFilter, AuditGroup, Cursor, Error, ExportFormat, LedgerEntry, PersonDraft, Role, ScopeDraft,
    TokenDraft, UserId,
};
use futures::TryStreamExt as _;
use sea_orm::ConnectionTrait as _;

use crate::support::{Bench, client, on_both_databases};

async fn found(bench: &Bench, admin: &Actor, filter: AuditFilter) -> Vec<LedgerEntry> {
    bench.desk.audit().list(admin, &filter, Cursor::First, 100).await.unwrap().items
}

async fn said(bench: &Bench, admin: &Actor, group: AuditGroup) -> Vec<String> {
    let filter = AuditFilter { group: Some(group), ..AuditFilter::default() };
    found(bench, admin, filter).await.iter().map(|entry| entry.sentence(|name| format!("<{name}>"))).collect()
}

on_both_databases! {
    async fn what_staff_change_is_kept_with_old_and_new_value(bench) {
        let mia = Actor { client: Some("192.0.2.7".into()), ..bench.staff("mia", Role::Admin).await };
        let users = bench.desk.users();
        let draft = |name: &str, email: &str| PersonDraft { username: "ben".into(), name: name.into(), email: email.into() };
        let ben = users.create_staff(&mia, &draft("Ben", ""), Role::Agent, "correct horse").await.unwrap().id;
        users.update(&mia, ben, &draft("Ben Sato", "ben@example.org")).await.unwrap();
        users.set_role(&mia, ben, Role::Admin).await.unwrap();
        users.set_role(&mia, ben, Role::Admin).await.unwrap();
        users.set_password(&mia, ben, "another horse").await.unwrap();
        users.set_active(&mia, ben, false).await.unwrap();
        let ana = users.create_customer(&mia, &PersonDraft { username: "ana".into(), ..PersonDraft::default() }).await.unwrap();
        let renamed = PersonDraft { username: "ana".into(), name: "Ana Ruiz".into(), email: "ana@example.org".into() };
        users.update(&mia, ana.id, &renamed).await.unwrap();
        // What is as it was is no change.
        users.update(&mia, ana.id, &renamed).await.unwrap();
        assert_eq!(said(&bench, &mia, AuditGroup::People).await, [
            "<mia> changed <Ana Ruiz>: name, email.",
            "<mia> added <Ana Ruiz> as a customer.",
            "<mia> changed <Ben Sato>: access from <active> to <deactivated>.",
            "<mia> set a new password for <Ben Sato>.",
            "<mia> changed <Ben Sato>: role from <agent> to <admin>.",
            "<mia> changed <Ben Sato>: name from <Ben> to <Ben Sato>, email from none to <ben@example.org>.",
            "<mia> added <Ben Sato> as agent of staff.",
            "<Pindesk> added <mia> as admin of staff.",
        ]);
        let newest = found(&bench, &mia, AuditFilter::default()).await.remove(0);
        assert_eq!((newest.address.as_deref(), newest.actor_id), (Some("192.0.2.7"), mia.id));
        // What a customer is called, and a password, are in no row.
        let connection = bench.connection().await;
        let backend = connection.get_database_backend();
        let rows = sea_orm::Statement::from_string(backend, "SELECT COALESCE(data, '') FROM ledger");
        for row in connection.query_all_raw(rows).await.unwrap() {
            let data: String = row.try_get_by_index(0).unwrap();
            assert!(!data.contains("Ruiz") && !data.contains("ana@") && !data.contains("horse"), "{data}");
        }
        let findings = desk::examine(&bench.config, 7, false).await;
        assert!(findings.iter().all(|finding| finding.check != "ledger"), "{findings:?}");
    }

    async fn categories_tokens_and_what_was_taken_out_are_kept(bench) {
        let mia = bench.staff("mia", Role::Admin).await;
        let categories = bench.desk.categories();
        categories.add(&mia, "Hardware").await.unwrap();
        let list = categories.list(&mia).await.unwrap();
        let id = |name: &str| list.iter().find(|category| category.name == name).unwrap().id;
        categories.rename(&mia, id("Hardware"), "Machines").await.unwrap();
        categories.set_default(&mia, id("Hardware")).await.unwrap();
        categories.set_default(&mia, id("Hardware")).await.unwrap();
        categories.set_active(&mia, id("Bug"), false).await.unwrap();
        assert!(categories.rename(&mia, id("Bug"), "Machines").await.is_err());
        assert_eq!(said(&bench, &mia, AuditGroup::Settings).await, [
            "<mia> changed the category <Bug>: state from <offered> to <retired>.",
            "<mia> changed the category <Machines>: default category from <Other> to <Machines>.",
            "<mia> changed the category <Hardware>: name from <Hardware> to <Machines>.",
            "<mia> added the category <Hardware>.",
        ]);
        let draft = TokenDraft { name: "Phone".into(), ttl: Some(90 * 86_400), is_read_only: true };
        let made = bench.desk.api_tokens().make(&mia, &draft).await.unwrap();
        bench.desk.api_tokens().revoke(&mia, made.record.id).await.unwrap();
        let tokens = said(&bench, &mia, AuditGroup::Tokens).await;
        assert_eq!(tokens[0], "<mia> revoked the API token <Phone> of <mia>.");
        assert!(tokens[1].starts_with("<mia> made the API token <Phone>, which only reads, for <mia>, good until "), "{tokens:?}");
        bench.desk.backups().make_soon(&mia).await.unwrap();
        assert_eq!(said(&bench, &mia, AuditGroup::Backups).await, ["<mia> asked for a backup."]);
        // A token that goes with its owner is told, too.
        bench.desk.api_tokens().make(&mia, &draft).await.unwrap();
        let eva = bench.staff("eva", Role::Admin).await;
        bench.desk.users().set_active(&eva, mia.id.unwrap(), false).await.unwrap();
        assert_eq!(said(&bench, &eva, AuditGroup::Tokens).await[0], "<eva> revoked the API token <Phone> of <mia>.");
    }

    async fn it_is_filtered_and_taken_out_by_admins_alone(bench) {
        let (mia, eva) = (bench.staff("mia", Role::Admin).await, bench.staff("eva", Role::Agent).await);
        let ana = bench.customer("ana").await;
        let pin = bench.pin_for(&ana, ScopeDraft::default()).await;
        bench.desk.pins().redeem(&pin, &client(9), domain::LoginKind::Api).await.unwrap();
        bench.advance(86_400);
        let new = desk::NewPins::one(ana.id.unwrap());
        bench.desk.pins().issue(&eva, new).await.unwrap();
        bench.desk.sessions().end_all_of(&eva, ana.id.unwrap()).await.unwrap();
        let by = |who: Option<UserId>| AuditFilter { who, ..AuditFilter::default() };
        let all = found(&bench, &mia, by(None)).await;
        // Not that the customer logged in, which is no deed of staff.
        assert!(all.iter().all(|entry| entry.data.kind() != domain::LedgerKind::SessionBegan), "{all:?}");
        let hers = found(&bench, &mia, by(eva.id)).await;
        assert!(hers.len() == 2 && hers.iter().all(|entry| entry.actor_id == eva.id), "{hers:?}");
        let since = AuditFilter { from: Some(bench.desk.now().plus_seconds(-3600)), ..by(None) };
        assert_eq!(found(&bench, &mia, since).await, hers);
        let before = AuditFilter { until: since.from, ..by(None) };
        assert_eq!(found(&bench, &mia, before).await.len(), all.len() - hers.len());
        let nobody = AuditFilter { group: Some(AuditGroup::Tokens), ..by(eva.id) };
        assert!(found(&bench, &mia, nobody).await.is_empty());
        let taken = bench.desk.audit().take_out(&mia, &by(None), ExportFormat::Jsonl).await.unwrap();
        let taken: Vec<Vec<LedgerEntry>> = taken.try_collect().await.unwrap();
        let taken = taken.concat();
        // With the entry about itself.
        assert_eq!(taken[1..], all[..]);
        assert!(taken[0].sentence(ToOwned::to_owned).contains("took"), "{:?}", taken[0]);
        for refused in [&eva, &ana] {
            let audit = bench.desk.audit();
            assert!(matches!(audit.list(refused, &by(None), Cursor::First, 10).await, Err(Error::Forbidden { .. })));
            assert!(matches!(audit.take_out(refused, &by(None), ExportFormat::Csv).await.err(), Some(Error::Forbidden { .. })));
        }
    }

    async fn other_settings_are_noted_at_the_start(bench) {
        let mia = bench.staff("mia", Role::Admin).await;
        bench.desk.note_settings().await.unwrap();
        bench.desk.note_settings().await.unwrap();
        assert!(said(&bench, &mia, AuditGroup::Settings).await.is_empty());
        let Bench { desk, mut config, folder, .. } = bench;
        drop(desk);
        config.upload.max_files = 20;
        config.ledger_staff = true;
        let bench = Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, folder, bucket: None };
        bench.desk.note_settings().await.unwrap();
        bench.desk.note_settings().await.unwrap();
        let both = "The desk was started with other settings: files of a ticket from <10> to <20>, what staff open is noted from <off> to \
             <on>.";
        assert_eq!(said(&bench, &mia, AuditGroup::Settings).await, [both]);
        // Whatever is changed within the hour is said, also what was so before.
        let start = async |bench: Bench, files: u32| {
            let Bench { desk, mut config, folder, .. } = bench;
            drop(desk);
            config.upload.max_files = files;
            let bench = Bench { desk: desk::Desk::open(config.clone()).await.unwrap(), config, folder, bucket: None };
            bench.desk.note_settings().await.unwrap();
            bench
        };
        let mut bench = bench;
        for files in [10, 20, 10] {
            bench = start(bench, files).await;
        }
        let files = |from: u32, to: u32| {
            format!("The desk was started with other settings: files of a ticket from <{from}> to <{to}>.")
        };
        assert_eq!(said(&bench, &mia, AuditGroup::Settings).await, [files(20, 10), files(10, 20), files(20, 10), both.to_owned()]);
        // Another process, which has a note of its own, says the same again: it is said once.
        let note = bench.folder.path().join("settings.json");
        let said_before = std::fs::read_to_string(&note).unwrap().replace("\"files of a ticket\":\"10\"", "\"files of a ticket\":\"20\"");
        std::fs::write(&note, said_before).unwrap();
        bench.desk.note_settings().await.unwrap();
        assert_eq!(said(&bench, &mia, AuditGroup::Settings).await.len(), 4);
    }
}
