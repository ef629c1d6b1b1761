//! A change of many tickets at once is taken back.

use domain::{Actor, BulkChange, BulkId, Error, EventKind, InBulk, Priority, Role, Status, TicketChange, TicketId};

use crate::{
    bulk::{People, id, write},
    support::{Bench, on_both_databases},
};

const UNKNOWN: &str = "There is no such change that you could take back. It may be too long ago.";

/// Who has what of a ticket unread.
async fn unread(bench: &Bench, people: &[&Actor], ticket: TicketId) -> Vec<String> {
    let mut names = Vec::new();
    for who in people {
        if bench.desk.tickets().is_unread(who, ticket).await.unwrap() {
            names.push(who.username.clone());
        }
    }
    names
}

on_both_databases! {
    async fn what_was_comes_back(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 3).await;
        bench.set(&eva, ids[1], BulkChange::Status(Status::Resolved)).await;
        bench.set(&eva, ids[1], BulkChange::Priority(Priority::Low)).await;
        bench.set(&eva, ids[1], BulkChange::Category("Bug".into())).await;
        bench.set(&eva, ids[1], BulkChange::Assignee(eva.id)).await;
        bench.set(&eva, ids[2], BulkChange::Status(Status::WaitingOnCustomer)).await;
        let mut before = Vec::new();
        for id in &ids {
            before.push(bench.has(*id).await);
        }
        for change in [
            // Closed to Resolved and to Waiting on Customer is no move of the workflow.
            BulkChange::Status(Status::Closed),
            BulkChange::Priority(Priority::Urgent),
            BulkChange::Category("Billing".into()),
            BulkChange::Assignee(tom.id),
        ] {
            let done = tickets.bulk(&eva, &ids, &change).await.unwrap();
            assert_eq!(done.changed, ids);
            bench.advance(60);
            let undone = tickets.undo_bulk(&eva, id(&done)).await.unwrap();
            assert_eq!((&undone.changed, undone.undo, undone.summary().as_str()), (&ids, None, "3 taken back."));
            for (ticket, before) in ids.iter().zip(&before) {
                assert_eq!(bench.has(*ticket).await, *before, "{change:?}");
                let told = bench.told(&tom, *ticket).await;
                let in_bulk = |is_undo| Some(InBulk { id: id(&done), tickets: 3, is_undo });
                assert_eq!((told[0].bulk, told[1].bulk), (in_bulk(true), in_bulk(false)));
                assert_eq!((told[0].kind(), told[0].at), (told[1].kind(), bench.desk.now()));
                assert_eq!((told[0].data.from(), told[0].data.to()), (told[1].data.to(), told[1].data.from()));
            }
        }
        assert_eq!(tickets.get(&ana, ids[0]).await.unwrap().updated_at.plus_seconds(60), bench.desk.now());
    }

    async fn who_may_take_back_what_and_when(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 2).await;
        let mut high = true;
        let mut bulk = async || {
            high = !high;
            let priority = if high { Priority::High } else { Priority::Low };
            id(&tickets.bulk(&eva, &ids, &BulkChange::Priority(priority)).await.unwrap())
        };
        let why = async |who: &Actor, id| tickets.undo_bulk(who, id).await.unwrap_err();
        let first = bulk().await;
        // Somebody else's is none, to an agent.
        assert_eq!(why(&tom, first).await, Error::conflict(UNKNOWN));
        assert_eq!(why(&tom, BulkId(999)).await, Error::conflict(UNKNOWN));
        assert_eq!(why(&root, BulkId(999)).await, Error::conflict(UNKNOWN));
        assert_eq!(bench.has(ids[0]).await.1, Priority::Low, "nothing of that took it back");
        tickets.undo_bulk(&eva, first).await.unwrap();
        let done = Error::conflict("This was taken back already.");
        assert_eq!((why(&eva, first).await, why(&root, first).await), (done.clone(), done));
        assert_eq!(why(&tom, first).await, Error::conflict(UNKNOWN));

        let second = bulk().await;
        tickets.undo_bulk(&root, second).await.unwrap();
        let by_the_command_line = tickets.bulk(&Actor::command_line(), &ids, &BulkChange::Assignee(eva.id)).await.unwrap();
        assert_eq!(why(&tom, id(&by_the_command_line)).await, Error::conflict(UNKNOWN));
        tickets.undo_bulk(&Actor::command_line(), id(&by_the_command_line)).await.unwrap();

        let in_time = bulk().await;
        bench.advance(30 * 60 - 1);
        tickets.undo_bulk(&eva, in_time).await.unwrap();
        let late = bulk().await;
        bench.advance(30 * 60);
        let over = Error::conflict("A change of many tickets can be taken back for 30 minutes, and those are over.");
        assert_eq!((why(&eva, late).await, why(&root, late).await), (over.clone(), over));
        assert_eq!(why(&tom, late).await, Error::conflict(UNKNOWN));
    }

    async fn what_changed_since_stays(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 6).await;
        let done = tickets.bulk(&eva, &ids, &BulkChange::Priority(Priority::High)).await.unwrap();
        bench.set(&tom, ids[1], BulkChange::Priority(Priority::Urgent)).await;
        bench.set(&tom, ids[2], BulkChange::Priority(Priority::Low)).await;
        bench.set(&tom, ids[2], BulkChange::Priority(Priority::High)).await;
        bench.set(&tom, ids[3], BulkChange::Priority(Priority::Medium)).await;
        tickets.delete(&root, ids[4]).await.unwrap();
        // Something else about it is no matter.
        bench.set(&tom, ids[5], BulkChange::Status(Status::Closed)).await;
        let undone = tickets.undo_bulk(&eva, id(&done)).await.unwrap();
        assert_eq!(undone.changed, [ids[0], ids[2], ids[5]], "away and back is as it was");
        assert_eq!((&undone.already, &undone.missing), (&vec![ids[3]], &vec![ids[4]]));
        assert_eq!(
            undone.summary(),
            format!(
                "3 taken back, 1 was as before already, 2 not. #{}: The priority is Urgent by now. #{}: This ticket is \
                 gone.",
                ids[1], ids[4]
            )
        );
        assert_eq!(bench.has(ids[1]).await.1, Priority::Urgent);
        assert_eq!(bench.has(ids[5]).await, (Status::Closed, Priority::Medium, "Other".into(), None));
        assert_eq!(bench.told(&eva, ids[0]).await[0].bulk.unwrap().tickets, 3);
        assert_eq!(bench.told(&eva, ids[1]).await.len(), 3, "nothing is said where nothing was done");
    }

    async fn every_hindrance_is_said(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        for (change, since, why) in [
            (BulkChange::Status(Status::Resolved), BulkChange::Status(Status::Closed), "The status is Closed by now."),
            (BulkChange::Category("Bug".into()), BulkChange::Category("Billing".into()), "The category is \"Billing\" by now."),
            (BulkChange::Assignee(eva.id), BulkChange::Assignee(tom.id), "\"tom\" has it by now."),
        ] {
            let ids = bench.tickets_of(&ana, 1).await;
            let done = tickets.bulk(&eva, &ids, &change).await.unwrap();
            bench.set(&tom, ids[0], since).await;
            let undone = tickets.undo_bulk(&eva, id(&done)).await.unwrap();
            assert_eq!(undone.summary(), format!("None taken back. #{}: {why}", ids[0]));
        }
        let ids = bench.tickets_of(&ana, 1).await;
        bench.set(&eva, ids[0], BulkChange::Assignee(tom.id)).await;
        let done = tickets.bulk(&eva, &ids, &BulkChange::Assignee(eva.id)).await.unwrap();
        bench.set(&tom, ids[0], BulkChange::Assignee(None)).await;
        let undone = tickets.undo_bulk(&eva, id(&done)).await.unwrap();
        assert_eq!(undone.refused[0].why, "Nobody has it by now.");
    }

    async fn what_somebody_closed_meanwhile_is_not_opened(bench) {
        let People { ana, eva, tom, .. } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        for given in [Status::Closed, Status::Resolved] {
            let ids = bench.tickets_of(&ana, 3).await;
            let done = tickets.bulk(&eva, &ids, &BulkChange::Status(given)).await.unwrap();
            // It was opened again, and then it was really done.
            bench.set(&tom, ids[1], BulkChange::Status(Status::Open)).await;
            bench.set(&tom, ids[1], BulkChange::Status(given)).await;
            bench.set(&tom, ids[2], BulkChange::Priority(Priority::Low)).await;
            let undone = tickets.undo_bulk(&eva, id(&done)).await.unwrap();
            assert_eq!(undone.changed, [ids[0], ids[2]]);
            assert_eq!(
                (undone.refused[0].ticket, undone.refused[0].why.clone()),
                (ids[1], format!("The status was set to {given} once more since."))
            );
            assert_eq!((bench.has(ids[0]).await.0, bench.has(ids[1]).await.0), (Status::Open, given));
        }
        // Their customer closed it after all.
        let ids = bench.tickets_of(&ana, 1).await;
        let done = tickets.bulk(&eva, &ids, &BulkChange::Status(Status::Resolved)).await.unwrap();
        bench.set(&ana, ids[0], BulkChange::Status(Status::Closed)).await;
        tickets.undo_bulk(&eva, id(&done)).await.unwrap();
        assert_eq!(bench.has(ids[0]).await.0, Status::Closed);
        // Among what is under way, away and back is as it was.
        let ids = bench.tickets_of(&ana, 1).await;
        let done = tickets.bulk(&eva, &ids, &BulkChange::Status(Status::WaitingOnCustomer)).await.unwrap();
        bench.set(&tom, ids[0], BulkChange::Status(Status::InProgress)).await;
        bench.set(&tom, ids[0], BulkChange::Status(Status::WaitingOnCustomer)).await;
        assert_eq!(tickets.undo_bulk(&eva, id(&done)).await.unwrap().changed, ids);
        assert_eq!(bench.has(ids[0]).await.0, Status::Open);
    }

    async fn nothing_is_closed_over_what_its_customer_wrote(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 4).await;
        for id in &ids {
            bench.set(&eva, *id, BulkChange::Status(Status::Closed)).await;
        }
        let done = tickets.bulk(&eva, &ids, &BulkChange::Status(Status::Open)).await.unwrap();
        write(&bench, &ana, ids[1]).await;
        let edit = TicketChange { title: Some("It is the drum".into()), ..TicketChange::default() };
        tickets.update(&ana, ids[2], &edit).await.unwrap();
        write(&bench, &tom, ids[3]).await;
        let undone = tickets.undo_bulk(&eva, id(&done)).await.unwrap();
        assert_eq!(undone.changed, [ids[0], ids[3]]);
        let why = "The customer has written since, so it stays Open.";
        assert_eq!(undone.summary(), format!("2 taken back, 2 not. #{} and #{}: {why}", ids[1], ids[2]));
        assert_eq!(bench.has(ids[0]).await.0, Status::Closed);
        assert_eq!(unread(&bench, &[&eva, &tom, &root], ids[1]).await, ["eva", "tom", "root"], "they still see it");
    }

    async fn unread_marks_come_back(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let people = [&ana, &eva, &tom, &root];
        let ids = bench.tickets_of(&ana, 2).await;
        tickets.seen(&root, ids[0]).await.unwrap();
        for (change, meanwhile) in [
            (BulkChange::Assignee(eva.id), &["eva"][..]),
            (BulkChange::Status(Status::Closed), &["ana"]),
        ] {
            let before = unread(&bench, &people, ids[0]).await;
            assert_eq!(before, ["eva", "tom"], "new, and seen by neither");
            let done = tickets.bulk(&eva, &ids, &change).await.unwrap();
            assert_eq!(unread(&bench, &people, ids[0]).await, meanwhile, "{change:?}");
            // One changed since, so that it stays with what was done.
            bench.set(&tom, ids[1], if matches!(change, BulkChange::Assignee(_)) {
                BulkChange::Assignee(root.id)
            } else {
                BulkChange::Status(Status::Open)
            }).await;
            tickets.seen(&ana, ids[0]).await.unwrap();
            tickets.undo_bulk(&eva, id(&done)).await.unwrap();
            let mut after = unread(&bench, &people, ids[0]).await;
            // What the customer sees change is news for them, each time.
            let is_public = matches!(change, BulkChange::Status(_));
            assert_eq!(after.iter().any(|name| name == "ana"), is_public);
            after.retain(|name| name != "ana");
            assert_eq!(after, before, "{change:?}");
            tickets.seen(&ana, ids[0]).await.unwrap();
            bench.set(&tom, ids[1], BulkChange::Assignee(None)).await;
        }
        assert_eq!(bench.kept_of_bulks().await, [2, 0, 0], "what was taken back needs no memory");
    }

    async fn who_left_gets_no_mark_and_what_they_had(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 2).await;
        bench.set(&root, ids[1], BulkChange::Assignee(tom.id)).await;
        let done = tickets.bulk(&eva, &ids, &BulkChange::Assignee(eva.id)).await.unwrap();
        bench.desk.users().set_active(&root, tom.id.unwrap(), false).await.unwrap();
        tickets.undo_bulk(&eva, id(&done)).await.unwrap();
        assert_eq!((bench.has(ids[0]).await.3, bench.has(ids[1]).await.3), (None, Some("tom".into())));
        assert_eq!(unread(&bench, &[&tom], ids[0]).await, [""; 0]);
    }

    async fn a_category_comes_back_whatever_became_of_it(bench) {
        let People { ana, eva, root, .. } = People::of(&bench).await;
        let (tickets, categories) = (bench.desk.tickets(), bench.desk.categories());
        let ids = bench.tickets_of(&ana, 2).await;
        bench.set(&eva, ids[1], BulkChange::Category("Bug".into())).await;
        let done = tickets.bulk(&eva, &ids, &BulkChange::Category("Billing".into())).await.unwrap();
        for category in categories.list(&root).await.unwrap() {
            match category.name.as_str() {
                "Bug" => categories.set_active(&root, category.id, false).await.unwrap(),
                // It is the same one, under another name.
                "Billing" => categories.rename(&root, category.id, "Money").await.unwrap(),
                "Other" => categories.rename(&root, category.id, "Else").await.unwrap(),
                _ => {}
            }
        }
        assert_eq!(tickets.undo_bulk(&eva, id(&done)).await.unwrap().changed, ids);
        assert_eq!((bench.has(ids[0]).await.2, bench.has(ids[1]).await.2), ("Else".into(), "Bug".into()));
        let newest = &bench.told(&eva, ids[0]).await[0];
        assert_eq!((newest.data.from().as_deref(), newest.data.to().as_deref()), (Some("Money"), Some("Else")));
    }

    async fn one_that_is_gone_leaves_nothing_behind(bench) {
        let People { ana, eva, root, .. } = People::of(&bench).await;
        let tickets = bench.desk.tickets();
        let ids = bench.tickets_of(&ana, 2).await;
        let (one, other) = (
            tickets.bulk(&eva, &ids, &BulkChange::Status(Status::Resolved)).await.unwrap(),
            tickets.bulk(&eva, &ids, &BulkChange::Priority(Priority::High)).await.unwrap(),
        );
        tickets.delete(&root, ids[0]).await.unwrap();
        tickets.delete(&root, ids[1]).await.unwrap();
        let undone = tickets.undo_bulk(&eva, id(&one)).await.unwrap();
        assert_eq!(
            undone.summary(),
            format!("None taken back. #{} and #{}: This ticket is gone.", ids[0], ids[1])
        );
        assert_eq!(bench.kept_of_bulks().await, [2, 2, 0]);
        // The other one is forgotten with all that belongs to it.
        bench.advance(24 * 3600);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(bench.kept_of_bulks().await[0], 2, "a day is not over yet");
        bench.advance(1);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(bench.kept_of_bulks().await, [0, 0, 0]);
        for id in [id(&one), id(&other)] {
            assert_eq!(tickets.undo_bulk(&eva, id).await.unwrap_err(), Error::conflict(UNKNOWN));
        }
    }

    async fn a_number_is_never_given_twice(bench) {
        let People { ana, eva, .. } = People::of(&bench).await;
        let ids = bench.tickets_of(&ana, 1).await;
        let tickets = bench.desk.tickets();
        let first = tickets.bulk(&eva, &ids, &BulkChange::Priority(Priority::High)).await.unwrap();
        bench.advance(24 * 3600 + 1);
        bench.desk.upkeep().await.unwrap();
        let second = tickets.bulk(&eva, &ids, &BulkChange::Priority(Priority::Low)).await.unwrap();
        assert!(id(&second) > id(&first), "or what is told of it in a timeline would be of another");
    }

    async fn of_two_who_take_it_back_at_once_one_does(bench) {
        let People { ana, eva, root, .. } = People::of(&bench).await;
        let there = bench.another().await;
        let ids = bench.tickets_of(&ana, 20).await;
        for _ in 0..5 {
            let done = bench.desk.tickets().bulk(&eva, &ids, &BulkChange::Priority(Priority::High)).await.unwrap();
            let (here, there) = (bench.desk.tickets(), there.tickets());
            let (one, other) = tokio::join!(here.undo_bulk(&eva, id(&done)), there.undo_bulk(&root, id(&done)));
            let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
            assert_eq!(won.unwrap().changed, ids);
            assert_eq!(lost.unwrap_err(), Error::conflict("This was taken back already."));
        }
        let told = bench.told(&eva, ids[7]).await;
        assert_eq!(told.iter().filter(|event| event.kind() == EventKind::PriorityChanged).count(), 10);
    }

    async fn many_at_once_lose_nothing(bench) {
        let People { ana, eva, tom, root } = People::of(&bench).await;
        let there = bench.another().await;
        let ids = bench.tickets_of(&ana, 30).await;
        let backwards: Vec<TicketId> = ids.iter().rev().copied().collect();
        let (here, there) = (bench.desk.tickets(), there.tickets());
        for round in 0..4 {
            let status = if round % 2 == 0 { Status::InProgress } else { Status::Open };
            let assignee = if round % 2 == 0 { tom.id } else { eva.id };
            let (status, assignee) = (BulkChange::Status(status), BulkChange::Assignee(assignee));
            let urgent = TicketChange { priority: Some(Priority::ALL[round]), ..TicketChange::default() };
            // Two bulks that name the same tickets the other way round, and changes of single ones.
            let singles = async {
                for id in [ids[3], ids[17], ids[29]] {
                    there.update(&root, id, &urgent).await.unwrap();
                }
            };
            let (one, other, ()) =
                tokio::join!(here.bulk(&eva, &ids, &status), there.bulk(&tom, &backwards, &assignee), singles);
            let (one, other) = (one.unwrap(), other.unwrap());
            assert_eq!((&one.changed, &other.changed), (&ids, &ids), "round {round}");
            for id in &ids {
                let has = bench.has(*id).await;
                assert_eq!(BulkChange::Status(has.0), status);
                let name = if round % 2 == 0 { "tom" } else { "eva" };
                assert_eq!(has.3.as_deref(), Some(name));
            }
            assert_eq!(bench.has(ids[17]).await.1, Priority::ALL[round]);
        }
        // A bulk and a change of the same thing: both are told, and the one that came last counts.
        let (high, low) = (BulkChange::Priority(Priority::High), BulkChange::Priority(Priority::Low).of_one());
        bench.set(&eva, ids[0], BulkChange::Priority(Priority::Medium)).await;
        let (bulk, single) = tokio::join!(here.bulk(&eva, &ids[..1], &high), there.update(&tom, ids[0], &low));
        single.unwrap();
        let told = bench.told(&root, ids[0]).await;
        assert_eq!(told[0].data.from(), told[1].data.to(), "one after the other");
        let last = bench.has(ids[0]).await.1;
        assert_eq!(told[0].data.to().as_deref(), Some(last.as_str()));
        let undone = here.undo_bulk(&eva, id(&bulk.unwrap())).await.unwrap();
        assert_eq!(undone.changed.is_empty(), last == Priority::Low);
    }
}

/// Servers carry them out in tasks of their own.
#[tokio::test]
async fn whoever_goes_away_leaves_them_to_end() {
    let bench = Bench::open(crate::support::Database::Sqlite).await;
    let People { ana, eva, .. } = People::of(&bench).await;
    let ids = bench.tickets_of(&ana, 2).await;
    let (desk, these, maker) = (bench.desk.clone(), ids.clone(), eva.clone());
    let high = BulkChange::Priority(Priority::High);
    let done = tokio::spawn(async move { desk.tickets().bulk(&maker, &these, &high).await }).await.unwrap().unwrap();
    let desk = bench.desk.clone();
    let undone = tokio::spawn(async move { desk.tickets().undo_bulk(&eva, id(&done)).await }).await.unwrap().unwrap();
    assert_eq!(undone.changed, ids);
}

#[tokio::test]
async fn whoever_asks_for_nothing_learns_nothing() {
    // An agent cannot tell somebody else's from one that never was, whatever became of it.
    let bench = Bench::open(crate::support::Database::Sqlite).await;
    let people = People::of(&bench).await;
    let mia = bench.staff("mia", Role::Agent).await;
    let ids = bench.tickets_of(&people.ana, 1).await;
    let tickets = bench.desk.tickets();
    let done = tickets.bulk(&people.eva, &ids, &BulkChange::Priority(Priority::High)).await.unwrap();
    let never = tickets.undo_bulk(&mia, BulkId(i64::MAX)).await.unwrap_err();
    for _ in 0..2 {
        assert_eq!(tickets.undo_bulk(&mia, id(&done)).await.unwrap_err(), never);
        bench.advance(3600);
    }
}
