//! A form that changes several things of many tickets.

use domain::{Actor, BulkChange, BulkReportId, Error, Priority, Status};

use crate::{bulk::People, support::on_both_databases};

on_both_databases! {
    async fn each_thing_that_is_set_changes(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 3).await;
        bench.set(&eva, ids[1], BulkChange::Status(Status::Closed)).await;
        let changes = [BulkChange::Status(Status::Resolved), BulkChange::Priority(Priority::High), BulkChange::Assignee(tom.id)];
        let report = tickets.bulk_form(&eva, &ids, &changes, None).await.unwrap();
        assert_eq!(report.refused(), [ids[1]]);
        assert_eq!(report.summary()[1..], ["Priority: 3 changed.", "Assignee: 3 changed."]);
        assert!(report.summary()[0].starts_with("Status: 2 changed, 1 not. #"), "{:?}", report.summary());
        assert_eq!(bench.has(ids[0]).await, (Status::Resolved, Priority::High, "Other".into(), Some("tom".into())));
        assert_eq!(bench.has(ids[1]).await, (Status::Closed, Priority::High, "Other".into(), Some("tom".into())));
        assert_eq!(tickets.bulk_report(&eva, report.id).await.unwrap(), report);
    }

    async fn all_or_nothing_of_it_is_carried_out(bench) {
        let People { ana, eva, .. } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 2).await;
        let before = bench.has(ids[0]).await;
        let changes = [BulkChange::Status(Status::Resolved), BulkChange::Category("No such".into())];
        let refused = tickets.bulk_form(&eva, &ids, &changes, Some("k1")).await.unwrap_err();
        assert_eq!(refused.fields().unwrap().of("category").len(), 1);
        for (tickets_of_form, changes, field) in [
            (&ids[..], &changes[..0], "form"),
            (&ids[..], &[BulkChange::Priority(Priority::Low), BulkChange::Priority(Priority::High)][..], "form"),
            (&[][..], &changes[..1], "tickets"),
        ] {
            let refused = tickets.bulk_form(&eva, tickets_of_form, changes, Some("k1")).await.unwrap_err();
            assert_eq!(refused.fields().unwrap().of(field).len(), 1, "{field}");
        }
        assert_eq!(bench.has(ids[0]).await, before);
        assert_eq!(bench.kept_of_bulks().await, [0, 0, 0]);
        // A key of what was refused is free.
        tickets.bulk_form(&eva, &ids, &changes[..1], Some("k1")).await.unwrap();
    }

    async fn a_form_counts_once(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 2).await;
        let high = [BulkChange::Priority(Priority::High)];
        let (first, second) = futures::join!(
            tickets.bulk_form(&eva, &ids, &high, Some("once")),
            tickets.bulk_form(&eva, &ids, &high, Some("once")),
        );
        assert_eq!(first.unwrap(), second.unwrap());
        assert_eq!(bench.kept_of_bulks().await[0], 1);
        let again = tickets.bulk_form(&eva, &ids, &high, Some("once")).await.unwrap();
        assert_eq!(again.changed(), ids, "what it was the first time");
        let other = tickets.bulk_form(&eva, &ids[..1], &high, Some("once")).await;
        assert!(matches!(other, Err(Error::Conflict { .. })), "{other:?}");
        // Keys are each one's own, and one without a key is another one.
        let toms = tickets.bulk_form(&tom, &ids, &high, Some("once")).await.unwrap();
        assert_eq!(toms.summary(), ["None changed, 2 were so already."]);
        assert_ne!(tickets.bulk_form(&eva, &ids, &high, None).await.unwrap().id, again.id);
        assert!(tickets.bulk_form(&eva, &ids, &high, Some("not a key!")).await.unwrap_err().fields().is_some());
    }

    async fn all_of_it_comes_back(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 3).await;
        let before = bench.has(ids[0]).await;
        let changes = [BulkChange::Status(Status::Closed), BulkChange::Priority(Priority::High)];
        let report = tickets.bulk_form(&eva, &ids, &changes, None).await.unwrap();
        assert_eq!(report.undo_until(), Some(bench.desk.now().plus_seconds(30 * 60)));
        bench.set(&tom, ids[2], BulkChange::Priority(Priority::Urgent)).await;
        // Not somebody else's.
        assert_eq!(tickets.undo_bulk_form(&tom, report.id).await, Err(Error::NotFound));
        assert_eq!(tickets.bulk_report(&tom, report.id).await, Err(Error::NotFound));
        assert_eq!(tickets.undo_bulk_form(&eva, BulkReportId(999)).await, Err(Error::NotFound));
        let undone = tickets.undo_bulk_form(&eva, report.id).await.unwrap();
        assert_eq!(
            undone.summary(),
            [format!("Priority: 2 taken back, 1 not. #{}: The priority is Urgent by now.", ids[2]), "Status: 3 taken back.".into()]
        );
        assert!(undone.is_undo() && undone.undo_until().is_none());
        assert_eq!(bench.has(ids[0]).await, before);
        assert!(tickets.bulk_report(&root, report.id).await.unwrap().is_undone);
        assert!(matches!(tickets.undo_bulk_form(&eva, report.id).await, Err(Error::Conflict { .. })));
        assert!(matches!(tickets.undo_bulk_form(&eva, undone.id).await, Err(Error::Conflict { .. })));
        // An admin may, and not for ever.
        let second = tickets.bulk_form(&eva, &ids, &changes[1..], None).await.unwrap();
        tickets.undo_bulk_form(&root, second.id).await.unwrap();
        let third = tickets.bulk_form(&eva, &ids, &changes[1..], None).await.unwrap();
        bench.advance(30 * 60);
        assert!(matches!(tickets.undo_bulk_form(&eva, third.id).await, Err(Error::Conflict { .. })));
        assert!(!tickets.bulk_report(&eva, third.id).await.unwrap().is_undone);
        bench.advance(24 * 3600);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(tickets.bulk_report(&eva, third.id).await, Err(Error::NotFound));
    }

    async fn it_is_for_staff(bench) {
        let People { ana, eva, .. } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 1).await;
        let changes = [BulkChange::Status(Status::Resolved)];
        let report = tickets.bulk_form(&eva, &ids, &changes, None).await.unwrap();
        let refused = |error: Error| matches!(error, Error::Forbidden { .. });
        let who: &Actor = &ana;
        assert!(refused(tickets.bulk_form(who, &ids, &changes, None).await.unwrap_err()));
        assert!(refused(tickets.undo_bulk_form(who, report.id).await.unwrap_err()));
        assert!(refused(tickets.bulk_report(who, report.id).await.unwrap_err()));
    }
}
