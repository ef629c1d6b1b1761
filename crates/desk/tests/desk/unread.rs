use domain::{Actor, Role, Status, TicketChange, TicketId};

use crate::support::{Bench, Form, PNG, file, form, on_both_databases, text, ticket};

fn say(body: &str) -> Form {
    form([text("body", body)])
}

fn to(status: Status) -> TicketChange {
    TicketChange { status: Some(status), ..TicketChange::default() }
}

/// A customer, two agents, an admin, and the customer's ticket, which nobody has seen.
struct Scene {
    ana: Actor,
    agent: Actor,
    other: Actor,
    id: TicketId,
}

async fn scene(bench: &Bench) -> Scene {
    let ana = bench.customer("ana").await;
    let (agent, other) = (bench.staff("agent", Role::Agent).await, bench.staff("other", Role::Admin).await);
    let id = bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap().id;
    Scene { ana, agent, other, id }
}

impl Scene {
    /// Who has something unread.
    async fn unread(&self, bench: &Bench) -> Vec<&str> {
        let mut names = Vec::new();
        for who in [&self.ana, &self.agent, &self.other] {
            if bench.desk.tickets().unread_count(who).await.unwrap() > 0 {
                names.push(who.name.as_str());
            }
        }
        names
    }

    async fn all_seen(&self, bench: &Bench) {
        for who in [&self.ana, &self.agent, &self.other] {
            bench.desk.tickets().seen(who, self.id).await.unwrap();
        }
        assert!(self.unread(bench).await.is_empty());
    }
}

on_both_databases! {
    async fn a_new_ticket_is_unread_for_all_staff_until_seen(bench) {
        let scene = scene(&bench).await;
        bench.customer("ben").await;
        assert_eq!(scene.unread(&bench).await, ["agent", "other"]);
        bench.desk.tickets().seen(&scene.agent, scene.id).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["other"]);
        // Nobody has a mark twice.
        bench.desk.tickets().reply(&scene.ana, scene.id, &mut say("And more")).await.unwrap();
        bench.desk.tickets().reply(&scene.ana, scene.id, &mut say("And more")).await.unwrap();
        assert_eq!(bench.desk.tickets().unread_count(&scene.other).await.unwrap(), 1);
        bench.desk.tickets().open(&scene.ana, &mut ticket([])).await.unwrap();
        assert_eq!(bench.desk.tickets().unread_count(&scene.other).await.unwrap(), 2);
        assert_eq!(bench.desk.tickets().unread_count(&Actor::command_line()).await.unwrap(), 0);
    }

    async fn who_is_not_active_is_not_marked(bench) {
        let scene = scene(&bench).await;
        let (tickets, users) = (bench.desk.tickets(), bench.desk.users());
        scene.all_seen(&bench).await;
        tickets.claim(&scene.agent, scene.id).await.unwrap();
        users.set_active(&scene.other, scene.agent.id.unwrap(), false).await.unwrap();
        // Who had it has left: it is everybody's.
        tickets.reply(&scene.ana, scene.id, &mut say("Anybody?")).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["other"]);
    }

    async fn a_customers_doings_are_the_assignees(bench) {
        let scene = scene(&bench).await;
        let tickets = bench.desk.tickets();
        tickets.claim(&scene.agent, scene.id).await.unwrap();
        scene.all_seen(&bench).await;
        tickets.reply(&scene.ana, scene.id, &mut say("Well?")).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["agent"]);
        scene.all_seen(&bench).await;
        let edit = TicketChange { title: Some("Other".into()), ..TicketChange::default() };
        tickets.update(&scene.ana, scene.id, &edit).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["agent"]);
    }

    async fn staffs_public_doings_are_the_customers(bench) {
        let scene = scene(&bench).await;
        let tickets = bench.desk.tickets();
        tickets.claim(&scene.agent, scene.id).await.unwrap();
        scene.all_seen(&bench).await;
        tickets.reply(&scene.agent, scene.id, &mut say("Hello")).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["ana"]);
        scene.all_seen(&bench).await;
        tickets.update(&scene.agent, scene.id, &to(Status::InProgress)).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["ana"]);
        scene.all_seen(&bench).await;
        let mut note = say("Secret");
        note.0.push_back(file("a.png", PNG));
        tickets.note(&scene.agent, scene.id, &mut note).await.unwrap();
        assert!(scene.unread(&bench).await.is_empty());
    }

    async fn what_staff_do_on_somebody_elses_ticket_is_unread_for_them(bench) {
        let scene = scene(&bench).await;
        let tickets = bench.desk.tickets();
        tickets.claim(&scene.agent, scene.id).await.unwrap();
        scene.all_seen(&bench).await;
        tickets.note(&scene.other, scene.id, &mut say("Look")).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["agent"]);
        scene.all_seen(&bench).await;
        tickets.reply(&scene.other, scene.id, &mut say("Hello")).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["ana", "agent"]);
        scene.all_seen(&bench).await;
        let urgent = TicketChange { priority: Some(domain::Priority::Urgent), ..TicketChange::default() };
        tickets.update(&scene.other, scene.id, &urgent).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["agent"]);
    }

    async fn a_ticket_that_somebody_took_is_no_concern_of_the_others(bench) {
        let scene = scene(&bench).await;
        let tickets = bench.desk.tickets();
        tickets.claim(&scene.agent, scene.id).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["agent"], "seen is another thing than taken");
        scene.all_seen(&bench).await;
        // Giving it to somebody tells them.
        let give = TicketChange { assignee: Some(scene.other.id), ..TicketChange::default() };
        tickets.update(&scene.agent, scene.id, &give).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["other"]);
    }

    async fn what_is_done_is_unread_for_the_customer_alone(bench) {
        let scene = scene(&bench).await;
        let tickets = bench.desk.tickets();
        tickets.update(&scene.agent, scene.id, &to(Status::Resolved)).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["ana"]);
        tickets.reply(&scene.ana, scene.id, &mut say("No")).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["ana", "agent", "other"]);
        scene.all_seen(&bench).await;
        tickets.reply(&scene.ana, scene.id, &mut say("Still no")).await.unwrap();
        tickets.update(&scene.ana, scene.id, &to(Status::Closed)).await.unwrap();
        assert!(scene.unread(&bench).await.is_empty());
    }

    async fn marks_go_with_their_ticket(bench) {
        let scene = scene(&bench).await;
        bench.desk.tickets().delete(&scene.ana, scene.id).await.unwrap();
        assert!(scene.unread(&bench).await.is_empty());
    }

    async fn who_is_there_has_seen_it(bench) {
        use domain::PresenceState::{Gone, Viewing};

        let scene = scene(&bench).await;
        bench.desk.live().beat(&scene.agent, scene.id, Gone).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["agent", "other"]);
        bench.desk.live().beat(&scene.agent, scene.id, Viewing).await.unwrap();
        assert_eq!(scene.unread(&bench).await, ["other"]);
    }
}
