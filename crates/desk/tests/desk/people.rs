use desk::{CustomerChange, NewPins, UserFilter};
use domain::{Actor, Cursor, Error, LoginKind, PersonDraft, Role, UserId};
use sea_orm::ConnectionTrait as _;

use crate::support::{client, fields_of, on_both_databases};

fn draft(username: &str) -> PersonDraft {
    PersonDraft { username: username.into(), name: String::new(), email: String::new() }
}

on_both_databases! {
    async fn staff_log_in_with_a_password(bench) {
        let agent = bench.staff("Agent", Role::Agent).await;
        let users = bench.desk.users();
        let logged_in = users.log_in(" aGENT ", "correct horse", &client(1), LoginKind::Browser).await.unwrap();
        assert_eq!((logged_in.actor.id, logged_in.actor.role), (agent.id, Role::Agent));
        for (username, password) in [("agent", "wrong horse"), ("nobody", "correct horse"), ("agent", "")] {
            let refused = users.log_in(username, password, &client(1), LoginKind::Browser).await;
            assert_eq!(refused.unwrap_err(), Error::WrongPassword);
        }
    }

    async fn failed_passwords_count_as_failed_pins_do(bench) {
        bench.staff("agent", Role::Agent).await;
        for _ in 0..10 {
            let _ = bench.desk.pins().redeem("SUP-0000-0000", &client(1), LoginKind::Api).await;
        }
        let refused = bench.desk.users().log_in("agent", "correct horse", &client(1), LoginKind::Browser).await;
        assert!(matches!(refused, Err(Error::TooManyAttempts { .. })));
        assert!(bench.desk.users().log_in("agent", "correct horse", &client(2), LoginKind::Browser).await.is_ok());
    }

    async fn single_keys_are_switched_off_by_each_for_themselves(bench) {
        let (eva, ben) = (bench.staff("eva", Role::Agent).await, bench.staff("ben", Role::Admin).await);
        let users = bench.desk.users();
        assert!(users.has_shortcuts(&eva).await.unwrap());
        users.set_shortcuts(&eva, false).await.unwrap();
        assert!(!users.has_shortcuts(&eva).await.unwrap());
        assert!(users.has_shortcuts(&ben).await.unwrap(), "only for oneself");
        users.set_shortcuts(&eva, true).await.unwrap();
        assert!(users.has_shortcuts(&eva).await.unwrap());
        let ana = bench.customer("ana").await;
        assert!(matches!(users.set_shortcuts(&ana, false).await, Err(Error::Forbidden { .. })));
        assert!(matches!(users.has_shortcuts(&ana).await, Err(Error::Forbidden { .. })));
    }

    async fn the_first_admin_comes_by_the_set_up_link_once(bench) {
        let users = bench.desk.users();
        let link = users.set_up_link().await.unwrap().unwrap();
        assert!(users.can_set_up(link.token()).await.unwrap());
        // Whichever process printed it, and whoever was made meanwhile.
        bench.customer("ana").await;
        assert!(bench.another().await.users().can_set_up(link.token()).await.unwrap());
        assert!(!users.can_set_up("guessed").await.unwrap());
        assert_eq!(users.set_up("guessed", &draft("eve"), "correct horse", &client(1), None).await.unwrap_err(), Error::NotFound);
        let short = users.set_up(link.token(), &draft(""), "short", &client(1), None).await.unwrap_err();
        assert_eq!(fields_of(short), ["password", "username"]);
        let admin = users.set_up(link.token(), &draft("boss"), "correct horse", &client(1), None).await.unwrap();
        assert_eq!(admin.actor.role, Role::Admin);
        assert_eq!(users.set_up(link.token(), &draft("eve"), "correct horse", &client(1), None).await.unwrap_err(), Error::NotFound);
        assert!(users.set_up_link().await.unwrap().is_none());
        // Also when by some way the desk has no admin any more.
        let connection = bench.connection().await;
        connection.execute_unprepared("UPDATE users SET role = 'agent'").await.unwrap();
        assert!(!users.can_set_up(link.token()).await.unwrap());
        assert_eq!(users.set_up(link.token(), &draft("eve"), "correct horse", &client(1), None).await.unwrap_err(), Error::NotFound);
    }

    async fn usernames_are_unique_whatever_their_case(bench) {
        bench.customer("Ana").await;
        let staff = Actor::command_line();
        let users = bench.desk.users();
        assert_eq!(fields_of(users.create_customer(&staff, &draft("aNA")).await.unwrap_err()), ["username"]);
        assert_eq!(users.by_username(&staff, "ANA").await.unwrap().username, "Ana");
        let bad = PersonDraft { username: "a b".into(), name: "x".repeat(151), email: "no".into() };
        assert_eq!(fields_of(users.create_customer(&staff, &bad).await.unwrap_err()), ["email", "name", "username"]);
    }

    async fn who_may_manage_whom(bench) {
        let ana = bench.customer("ana").await;
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let users = bench.desk.users();
        let forbidden = |outcome: Result<domain::Person, Error>| matches!(outcome, Err(Error::Forbidden { .. }));
        assert!(forbidden(users.create_customer(&ana, &draft("x")).await));
        for id in [ana.id, agent.id, Some(UserId(4711))] {
            assert!(forbidden(users.customer(&ana, id.unwrap()).await));
            assert!(forbidden(users.member(&ana, id.unwrap()).await));
        }
        assert!(forbidden(users.create_staff(&agent, &draft("x"), Role::Agent, "correct horse").await));
        // To an agent the team is closed, but for themselves.
        for id in [admin.id, ana.id, Some(UserId(4711))] {
            assert!(forbidden(users.member(&agent, id.unwrap()).await));
        }
        assert_eq!(users.member(&agent, agent.id.unwrap()).await.unwrap().username, "agent");
        assert_eq!(users.member(&admin, agent.id.unwrap()).await.unwrap().username, "agent");
        assert_eq!(users.member(&admin, ana.id.unwrap()).await.unwrap_err(), Error::NotFound);
        for reader in [&agent, &admin] {
            assert_eq!(users.customer(reader, ana.id.unwrap()).await.unwrap().username, "ana");
            for id in [agent.id, admin.id, Some(UserId(4711))] {
                assert_eq!(users.customer(reader, id.unwrap()).await.unwrap_err(), Error::NotFound);
            }
        }
        assert!(forbidden(users.set_active(&agent, admin.id.unwrap(), false).await));
        assert!(forbidden(users.set_role(&agent, agent.id.unwrap(), Role::Admin).await));
        let staff_list = UserFilter { staff: true, ..UserFilter::default() };
        assert!(matches!(users.list(&agent, &staff_list, Cursor::First, 10).await, Err(Error::Forbidden { .. })));
        assert!(matches!(users.overview(&ana).await, Err(Error::Forbidden { .. })));
        assert_eq!(users.overview(&agent).await.unwrap().customers, 1);
        assert_eq!(users.list(&admin, &staff_list, Cursor::First, 10).await.unwrap().items.len(), 2);
        assert!(users.create_customer(&agent, &draft("ben")).await.is_ok());
        assert!(users.set_active(&agent, ana.id.unwrap(), false).await.is_ok());
    }

    async fn a_desk_keeps_an_admin(bench) {
        let admin = bench.staff("admin", Role::Admin).await;
        let users = bench.desk.users();
        let id = admin.id.unwrap();
        assert!(matches!(users.set_active(&admin, id, false).await, Err(Error::Conflict { .. })));
        assert!(matches!(users.set_active(&Actor::command_line(), id, false).await, Err(Error::Conflict { .. })));
        assert!(matches!(users.set_role(&admin, id, Role::Agent).await, Err(Error::Conflict { .. })));
        bench.staff("second", Role::Admin).await;
        assert!(users.set_role(&admin, id, Role::Agent).await.is_ok());
    }

    async fn a_new_password_ends_other_sessions(bench) {
        bench.staff("agent", Role::Agent).await;
        let users = bench.desk.users();
        let here = users.log_in("agent", "correct horse", &client(1), LoginKind::Browser).await.unwrap();
        let there = users.log_in("agent", "correct horse", &client(2), LoginKind::Browser).await.unwrap();
        users.change_password(&here.actor, "correct horse", "another horse", &client(1)).await.unwrap();
        assert!(bench.desk.sessions().authenticate(&here.tokens.access).await.is_ok());
        assert!(bench.desk.sessions().authenticate(&there.tokens.access).await.is_err());
        assert!(users.log_in("agent", "correct horse", &client(1), LoginKind::Browser).await.is_err());
        assert!(users.log_in("agent", "another horse", &client(1), LoginKind::Browser).await.is_ok());
    }

    async fn ones_own_password_needs_the_one_before(bench) {
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let users = bench.desk.users();
        for current in ["", "wrong horse"] {
            let refused = users.change_password(&agent, current, "another horse", &client(1)).await.unwrap_err();
            assert_eq!(fields_of(refused), ["current_password"], "{current}");
        }
        let (agents, admins) = (agent.id.unwrap(), admin.id.unwrap());
        assert!(matches!(users.set_password(&admin, admins, "another horse").await, Err(Error::Conflict { .. })));
        assert!(matches!(users.set_password(&agent, admins, "another horse").await, Err(Error::Forbidden { .. })));
        let ana = bench.customer("ana").await;
        assert!(matches!(users.change_password(&ana, "x", "another horse", &client(1)).await, Err(Error::Forbidden { .. })));
        // An admin needs none for others, and the session that was opened with the old one ends.
        let there = users.log_in("agent", "correct horse", &client(2), LoginKind::Browser).await.unwrap();
        users.set_password(&admin, agents, "another horse").await.unwrap();
        assert!(bench.desk.sessions().authenticate(&there.tokens.access).await.is_err());
        // Wrong ones count as failed log-ins do.
        for _ in 0..9 {
            users.change_password(&agent, "wrong horse", "a third horse", &client(1)).await.unwrap_err();
        }
        let refused = users.change_password(&agent, "another horse", "a third horse", &client(1)).await;
        assert!(matches!(refused, Err(Error::TooManyAttempts { .. })));
        users.change_password(&agent, "another horse", "a third horse", &client(3)).await.unwrap();
        assert!(users.log_in("agent", "a third horse", &client(4), LoginKind::Browser).await.is_ok());
    }

    async fn common_passwords_are_refused_everywhere(bench) {
        let me = Actor::command_line();
        let agent = bench.staff("agent", Role::Agent).await;
        let users = bench.desk.users();
        for password in ["password", "12345678", "qwertyuiop", "iloveyou", "Password1", "agent2agent2", "short"] {
            let created = users.create_staff(&me, &draft("agent2"), Role::Agent, password).await.unwrap_err();
            assert_eq!(fields_of(created), ["password"], "{password}");
            let set = users.set_password(&me, agent.id.unwrap(), password).await.unwrap_err();
            assert_eq!(fields_of(set), ["password"], "{password}");
            let own = users.change_password(&agent, "correct horse", password, &client(1)).await.unwrap_err();
            assert_eq!(fields_of(own), ["password"], "{password}");
        }
        let link = users.set_up_link().await.unwrap().unwrap();
        let refused = users.set_up(link.token(), &draft("boss"), "letmein123", &client(1), None).await.unwrap_err();
        assert_eq!(fields_of(refused), ["password"]);
    }

    async fn names_are_one_however_they_are_typed(bench) {
        let me = Actor::command_line();
        let users = bench.desk.users();
        let (composed, apart, wide) = ("\u{c9}lodie", "E\u{301}lodie", "\u{c9}ＬＯＤＩＥ");
        let draft = PersonDraft { email: "e@example.com".into(), ..draft(apart) };
        users.create_staff(&me, &draft, Role::Agent, "cre\u{300}me fraiche").await.unwrap();
        for typed in [composed, apart, wide, "\u{e9}lodie"] {
            assert_eq!(users.by_username(&me, typed).await.unwrap().username, composed, "{typed}");
            let taken = users.create_customer(&me, &PersonDraft { username: typed.into(), ..draft.clone() }).await;
            assert_eq!(fields_of(taken.unwrap_err()), ["username"], "{typed}");
        }
        users.log_in(wide, "cr\u{e8}me fraiche", &client(1), LoginKind::Browser).await.unwrap();
        for (one, other) in [("Straße", "STRASSE"), ("ΣΟΦΟΣ", "σοφος")] {
            bench.customer(one).await;
            assert_eq!(users.by_username(&me, other).await.unwrap().username, one);
        }
    }

    async fn people_are_found_by_parts_of_their_names(bench) {
        let staff = Actor::command_line();
        let users = bench.desk.users();
        let ana = PersonDraft { username: "ana".into(), name: "Ana 100% Ruiz".into(), email: "ana@example.com".into() };
        users.create_customer(&staff, &ana).await.unwrap();
        users.create_customer(&staff, &draft("ben")).await.unwrap();
        for (text, found) in [("RUIZ", 1), ("100%", 1), ("%", 1), ("_", 0), ("example.com", 1), ("n", 2), ("", 2), ("zoe", 0)] {
            let filter = UserFilter { text: Some(text.into()), ..UserFilter::default() };
            assert_eq!(users.list(&staff, &filter, Cursor::First, 10).await.unwrap().items.len(), found, "{text}");
        }
    }

    async fn a_search_for_people_has_pages(bench) {
        let staff = Actor::command_line();
        let users = bench.desk.users();
        for number in 0..7 {
            bench.customer(&format!("martin{number}")).await;
            bench.customer(&format!("other{number}")).await;
        }
        users.create_staff(&staff, &draft("martina"), Role::Agent, "correct horse").await.unwrap();
        let page = async |text: &str, cursor| {
            let filter = UserFilter { text: Some(text.into()), ..UserFilter::default() };
            let page = users.list(&staff, &filter, cursor, 3).await.unwrap();
            let names: Vec<_> = page.items.iter().map(|person| person.username.clone()).collect();
            (names, page.older.map(Cursor::Before), page.newer.map(Cursor::After))
        };
        let (first, next, _) = page("mart", Cursor::First).await;
        assert_eq!(first, ["martin6", "martin5", "martin4"]);
        let (second, next, previous) = page("mart", next.unwrap()).await;
        assert_eq!(second, ["martin3", "martin2", "martin1"]);
        let (third, next, _) = page("mart", next.unwrap()).await;
        assert_eq!((third, next), (vec!["martin0".to_owned()], None));
        assert_eq!(page("mart", previous.unwrap()).await.0, first);
        // A word of less than three letters beside one that has them; and what an index of letters could take for its own language.
        assert_eq!(page("n4 mart", Cursor::First).await.0, ["martin4"]);
        for text in ["mart\"in", "\"\"\"", "mart OR other", "mart*", "NOT mart", "{martin}", "name_key:mart", &"martin".repeat(400)] {
            assert_eq!(page(text, Cursor::First).await.0, [""; 0], "{text}");
        }
    }

    async fn people_are_found_whatever_the_case_and_the_accents(bench) {
        let staff = Actor::command_line();
        let users = bench.desk.users();
        let found = async |text: &str, staff_list: bool| {
            let filter = UserFilter { text: Some(text.into()), staff: staff_list, ..UserFilter::default() };
            users.list(&staff, &filter, Cursor::First, 10).await.unwrap().items.len()
        };
        let person = |username: &str, name: &str, email: &str| PersonDraft {
            username: username.into(),
            name: name.into(),
            email: email.into(),
        };
        let elodie = person("É.Martin", "Élodie Martin", "elodie@bücher.example");
        let id = users.create_customer(&staff, &elodie).await.unwrap().id;
        users.create_customer(&staff, &person("zoe", "Zoë Łoś-Straße", "")).await.unwrap();
        let agent = person("noel", "Noël Ørsted", "");
        users.create_staff(&staff, &agent, Role::Agent, "correct horse").await.unwrap();
        for text in ["Élodie", "élodie", "elodie", "ELODIE", "ÉLODIE", "e\u{301}lodie", "martin élo", "É.mar", "BÜCHER", "bucher"] {
            assert_eq!(found(text, false).await, 1, "{text}");
        }
        for text in ["zoe los", "STRASSE", "straße", "ŁOŚ"] {
            assert_eq!(found(text, false).await, 1, "{text}");
        }
        assert_eq!((found("noel orsted", true).await, found("NOËL", true).await, found("noel", false).await), (1, 1, 0));
        for text in ["élodie zoe", "%", "_", "martin%élo"] {
            assert_eq!(found(text, false).await, 0, "{text}");
        }
        // By the name they have now, in a database from before names were kept so as well.
        users.update(&staff, id, &person("É.Martin", "Renée Dubois", "")).await.unwrap();
        assert_eq!((found("elodie", false).await, found("renee", false).await), (0, 1));
        bench.execute("UPDATE users SET name_key = NULL").await;
        assert_eq!(found("renee", false).await, 0);
        bench.another().await;
        assert_eq!((found("renee", false).await, found("orsted", true).await), (1, 1));
    }

    async fn usernames_are_compared_in_one_way(bench) {
        let staff = Actor::command_line();
        let users = bench.desk.users();
        users.create_customer(&staff, &draft("Élodie")).await.unwrap();
        assert_eq!(fields_of(users.create_customer(&staff, &draft("e\u{301}LODIE")).await.unwrap_err()), ["username"]);
        let named = users.customer_named(&staff, " éLODIE ").await.unwrap();
        assert_eq!(named.map(|customer| customer.username).as_deref(), Some("Élodie"));
        let ada = bench.staff("Ada", Role::Agent).await;
        assert!(users.customer_named(&staff, "ada").await.unwrap().is_none());
        assert!(users.member_named(&staff, "élodie").await.unwrap().is_none());
        // Also when they are not there any more.
        users.set_active(&staff, ada.id.unwrap(), false).await.unwrap();
        assert_eq!(users.member_named(&staff, "ADA").await.unwrap(), ada.id);
        let ben = bench.customer("ben").await;
        assert!(matches!(users.member_named(&ben, "ada").await, Err(Error::Forbidden { .. })));
    }

    async fn names_have_one_line_and_emails_are_addresses(bench) {
        let staff = Actor::command_line();
        let users = bench.desk.users();
        let person = |name: &str, email: &str| PersonDraft { username: "ana".into(), name: name.into(), email: email.into() };
        for email in ["\"><svg/onload=alert(1)>@x.y", "a@x", "a@x.y\nBcc: b@x.y"] {
            assert_eq!(fields_of(users.create_customer(&staff, &person("Ana", email)).await.unwrap_err()), ["email"]);
        }
        assert_eq!(users.create_customer(&staff, &person("Ana\r\n\tRuiz", " ana@x.y ")).await.unwrap().name, "Ana Ruiz");
        let ana = users.by_username(&staff, "ana").await.unwrap();
        assert_eq!(users.update(&staff, ana.id, &person("\u{200b}\u{ad}", "")).await.unwrap().name, "ana");
    }

    async fn a_word_that_is_not_known_is_no_other(bench) {
        let (ana, agent) = (bench.customer("ana").await, bench.staff("agent", Role::Agent).await);
        let (tickets, users) = (bench.desk.tickets(), bench.desk.users());
        let id = tickets.open(&ana, &mut crate::support::ticket([crate::support::file("a.png", crate::support::PNG)])).await.unwrap().id;
        for (table, column, good) in
            [("tickets", "status", "Open"), ("tickets", "priority", "Medium"), ("attachments", "kind", "png")]
        {
            bench.execute(&format!("UPDATE {table} SET {column} = 'Paused'")).await;
            assert_eq!(tickets.get(&ana, id).await.unwrap_err(), Error::Internal, "{column}");
            assert_eq!(tickets.view(&agent, id, Cursor::First).await.unwrap_err(), Error::Internal, "{column}");
            assert_eq!(tickets.list_own(&ana, Cursor::First, 9).await.unwrap_err(), Error::Internal, "{column}");
            if table == "tickets" {
                let all = domain::TicketFilter::default();
                assert_eq!(tickets.list(&agent, &all, Cursor::First, 9).await.unwrap_err(), Error::Internal, "{column}");
            }
            bench.execute(&format!("UPDATE {table} SET {column} = '{good}'")).await;
            assert!(tickets.get(&ana, id).await.is_ok(), "{column}");
        }
        let logged_in = bench.log_in(&ana, LoginKind::Browser).await;
        bench.execute("UPDATE users SET role = 'guest' WHERE username = 'ana'").await;
        let sessions = bench.desk.sessions();
        assert_eq!(sessions.authenticate(&logged_in.tokens.access).await.unwrap_err(), Error::Internal);
        assert_eq!(sessions.list(&Actor::command_line(), None, Cursor::First, 9).await.unwrap_err(), Error::Internal);
        assert_eq!(users.customer(&Actor::command_line(), ana.id.unwrap()).await.unwrap_err(), Error::Internal);
        bench.execute("UPDATE users SET role = 'customer' WHERE username = 'ana'").await;
        bench.execute("UPDATE sessions SET kind = 'kiosk'").await;
        assert_eq!(sessions.authenticate(&logged_in.tokens.access).await.unwrap_err(), Error::Internal);
        // An event of a later version is left out.
        bench.execute("UPDATE events SET kind = 'ticket_sung' WHERE kind = 'ticket_opened'").await;
        assert!(tickets.view(&agent, id, Cursor::First).await.unwrap().timeline.items.iter().all(|event| event.kind() != domain::EventKind::TicketOpened));
    }

    async fn categories_are_edited_by_admins(bench) {
        let (agent, admin) = (bench.staff("agent", Role::Agent).await, bench.staff("admin", Role::Admin).await);
        let (ana, categories) = (bench.customer("ana").await, bench.desk.categories());
        assert!(matches!(categories.list(&ana).await, Err(Error::Forbidden { .. })));
        assert_eq!(categories.names().await.unwrap(), ["Bug", "Request", "Billing", "Other"]);
        assert!(matches!(categories.add(&agent, "Hardware").await, Err(Error::Forbidden { .. })));
        categories.add(&admin, " Hardware ").await.unwrap();
        assert_eq!(fields_of(categories.add(&admin, "hardware").await.unwrap_err()), ["name"]);
        let list = categories.list(&agent).await.unwrap();
        let by_name = |name: &str| list.iter().find(|category| category.name == name).unwrap().id;
        assert!(matches!(categories.set_active(&admin, by_name("Other"), false).await, Err(Error::Conflict { .. })));
        categories.set_default(&admin, by_name("Hardware")).await.unwrap();
        categories.set_active(&admin, by_name("Other"), false).await.unwrap();
        assert_eq!(categories.set_default(&admin, by_name("Other")).await.unwrap_err(), Error::NotFound);
        categories.rename(&admin, by_name("Bug"), "Fault").await.unwrap();
        assert_eq!(categories.names().await.unwrap(), ["Fault", "Request", "Billing", "Hardware"]);
        let ticket = bench.desk.tickets().open(&ana, &mut crate::support::ticket([])).await.unwrap();
        assert_eq!(ticket.category, "Hardware");
    }

    async fn a_customer_is_changed_in_part(bench) {
        let agent = bench.staff("agent", Role::Agent).await;
        let users = bench.desk.users();
        let full = PersonDraft { name: "Ben B".into(), email: "b@example.com".into(), ..draft("ben") };
        let ben = users.create_customer(&agent, &full).await.unwrap();
        let ana = users.create_customer(&agent, &draft("ana")).await.unwrap();
        let change = async |id: UserId, change: CustomerChange| users.change_customer(&agent, id, change).await;
        let named = |name: &str| CustomerChange { username: Some(name.into()), ..CustomerChange::default() };
        let changed = change(ben.id, named("ben2")).await.unwrap();
        assert_eq!((&*changed.username, &*changed.name, &*changed.email), ("ben2", "Ben B", "b@example.com"));
        let changed = change(ana.id, named("ana2")).await.unwrap();
        assert_eq!((&*changed.username, &*changed.name), ("ana2", "ana2"), "who has no name of their own");
        let nameless = CustomerChange { name: Some(String::new()), email: Some(String::new()), ..CustomerChange::default() };
        let changed = change(ben.id, nameless).await.unwrap();
        assert_eq!((&*changed.name, &*changed.email, changed.is_active), ("ben2", "", true));
        // All of it, or nothing.
        let pin = bench.desk.pins().issue(&agent, NewPins::one(ben.id)).await.unwrap()[0].pin.to_string();
        let off = |username: &str| CustomerChange { is_active: Some(false), ..named(username) };
        assert_eq!(fields_of(change(ben.id, off("ANA2")).await.unwrap_err()), ["username"]);
        let wrong = CustomerChange { email: Some("x".into()), ..off("a b") };
        assert_eq!(fields_of(change(ben.id, wrong).await.unwrap_err()), ["email", "username"]);
        assert!(users.customer(&agent, ben.id).await.unwrap().is_active);
        assert!(!change(ben.id, off("ben3")).await.unwrap().is_active);
        let redeemed = bench.desk.pins().redeem(&pin, &client(3), LoginKind::Api).await;
        assert_eq!(redeemed.unwrap_err(), Error::WrongPin, "PINs go with it");
        assert!(!change(ben.id, off("ben3")).await.unwrap().is_active, "said again");
        let on = CustomerChange { is_active: Some(true), ..CustomerChange::default() };
        assert!(change(ben.id, on).await.unwrap().is_active);
        // Staff are no customers, and customers change nobody.
        for id in [agent.id.unwrap(), UserId(4711)] {
            assert_eq!(change(id, named("x")).await.unwrap_err(), Error::NotFound);
        }
        let ana = bench.customer("zoe").await;
        let refused = users.change_customer(&ana, ana.id.unwrap(), named("x")).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    }
}
