//! Search: what is found, in which order, and what never is.

use desk::PastTicket;
use domain::{
    Actor, AssigneeFilter, Cursor, FoundIn, Priority, Role, SearchHit, SearchHits, SearchQuery, Status, TicketChange,
    TicketFilter, TicketId, Timestamp,
};
use sea_orm::ConnectionTrait as _;

use crate::support::{Bench, PNG, Part, file, form, on_both_databases, text};

async fn open(bench: &Bench, owner: &Actor, title: &str, description: &str) -> TicketId {
    open_with(bench, owner, title, description, []).await
}

async fn open_with(
    bench: &Bench,
    owner: &Actor,
    title: &str,
    description: &str,
    more: impl IntoIterator<Item = Part>,
) -> TicketId {
    let parts = [text("title", title), text("description", description)];
    bench.desk.tickets().open(owner, &mut form(parts.into_iter().chain(more))).await.unwrap().id
}

async fn find(bench: &Bench, reader: &Actor, text: &str) -> SearchHits {
    find_among(bench, reader, text, TicketFilter::default()).await
}

async fn find_among(bench: &Bench, reader: &Actor, text: &str, filter: TicketFilter) -> SearchHits {
    let query = SearchQuery { text: text.into(), filter, limit: 50 };
    bench.desk.tickets().search(reader, &query).await.unwrap()
}

fn ids(found: &SearchHits) -> Vec<TicketId> {
    found.hits.iter().map(|hit| hit.ticket.id).collect()
}

/// The snippet with its matches in brackets.
fn shown(hit: &SearchHit) -> String {
    let marked = hit.snippet.iter();
    marked.map(|piece| if piece.is_match { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
}

on_both_databases! {
    async fn finds_by_everything_in_a_ticket(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let id = open_with(&bench, &ana, "Paper jam", "It *eats* the Ünïcode pages.", [file("photo-of tray_7.png", PNG)]).await;
        open(&bench, &ana, "Something else", "Entirely.").await;
        tickets.reply(&agent, id, &mut form([text("body", "Please open the rear flap."), file("flap.png", PNG)])).await.unwrap();
        tickets.note(&agent, id, &mut form([text("body", "Known defect of roller."), file("secret.png", PNG)])).await.unwrap();
        for (text, found_in, snippet) in [
            ("jam", FoundIn::Title, "It *eats* the Ünïcode pages."),
            ("paper PAGES", FoundIn::Description, "It *eats* the Ünïcode [pages]."),
            ("flap", FoundIn::FileName, "[flap].png"),
            ("rear fla", FoundIn::Reply, "Please open the [rear] [flap]."),
            ("tray 7", FoundIn::FileName, "photo-of [tray]_[7].png"),
            ("jam photo", FoundIn::FileName, "[photo]-of tray_7.png"),
            ("unicod", FoundIn::Description, "It *eats* the [Ünïcode] pages."),
        ] {
            for reader in [&ana, &agent] {
                let found = find(&bench, reader, text).await;
                assert_eq!(ids(&found), [id], "{text}");
                assert_eq!((found.hits[0].found_in, shown(&found.hits[0]).as_str()), (found_in, snippet), "{text}");
                assert!(!found.has_more);
            }
        }
        let hit = find(&bench, &agent, "defe").await.hits.remove(0);
        assert_eq!((hit.found_in, shown(&hit).as_str()), (FoundIn::Note, "Known [defect] of roller."));
        let title: Vec<_> = hit.title.iter().map(|piece| piece.is_match).collect();
        assert_eq!(title, [false]);
        assert_eq!(find(&bench, &agent, "jam").await.hits[0].title.iter().filter(|piece| piece.is_match).count(), 1);
        assert_eq!(ids(&find(&bench, &agent, "secret png").await), [id]);
        for text in ["defect", "roller", "secret", "Known defect of roller."] {
            assert!(find(&bench, &ana, text).await.hits.is_empty(), "{text}");
        }
        // All words must be in one text.
        assert!(find(&bench, &agent, "jam rear").await.hits.is_empty());
        assert!(find(&bench, &agent, "jam nothing").await.hits.is_empty());
        assert!(find(&bench, &agent, "am").await.hits.is_empty(), "only by the beginning");
        // The entry that a hit names is in the timeline.
        let event = find(&bench, &ana, "rear").await.hits[0].event_id;
        let entry = tickets.view(&ana, id, Cursor::First).await.unwrap().timeline.items.into_iter().find(|entry| entry.id == event);
        assert_eq!(entry.unwrap().body.as_deref(), Some("Please open the rear flap."));
    }

    async fn case_accents_and_order_do_not_matter(bench) {
        let ana = bench.customer("ana").await;
        let id = open(&bench, &ana, "Café Müller", "Straße, ПРИВЕТ, naïve, e\u{301}te\u{301}, 打印机").await;
        for text in ["cafe", "CAFÉ", "cafe\u{301}", "muller cafe", "Mul caf", "привет", "NAIVE", "été", "ete", "straße", "打印"] {
            assert_eq!(ids(&find(&bench, &ana, text).await), [id], "{text}");
        }
    }

    async fn a_number_comes_first(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let first = open(&bench, &ana, "One", "The first").await;
        let second = open(&bench, &ana, &format!("Like {first}"), "Two").await;
        let wide = format!("#{first}").chars().map(|sign| char::from_u32(u32::from(sign) + 0xFEE0).unwrap()).collect();
        for text in [format!("#{first}"), format!(" {first} "), wide] {
            for reader in [&ana, &agent] {
                let found = find(&bench, reader, &text).await;
                assert_eq!(ids(&found), [first, second]);
                assert_eq!(found.hits[0].found_in, FoundIn::Number);
            }
            assert!(find(&bench, &ben, &text).await.hits.is_empty());
        }
        assert!(find(&bench, &ana, "#4711").await.hits.is_empty());
        assert!(find(&bench, &ana, "99999999999999999999").await.hits.is_empty());
    }

    async fn what_changes_is_found_as_it_is(bench) {
        let ana = bench.customer("ana").await;
        let admin = bench.staff("admin", Role::Admin).await;
        let tickets = bench.desk.tickets();
        let id = open_with(&bench, &ana, "Printer", "stripes", [file("page.png", PNG)]).await;
        let change = TicketChange { title: Some("Scanner".into()), ..TicketChange::default() };
        tickets.update(&ana, id, &change).await.unwrap();
        assert!(find(&bench, &ana, "printer").await.hits.is_empty());
        assert_eq!(ids(&find(&bench, &ana, "scanner stripes page").await), [id]);
        let change = TicketChange { description: Some("blots".into()), ..TicketChange::default() };
        tickets.update(&admin, id, &change).await.unwrap();
        assert!(find(&bench, &ana, "stripes").await.hits.is_empty());
        assert_eq!(ids(&find(&bench, &admin, "scanner blots page").await), [id]);
        tickets.reply(&admin, id, &mut form([text("body", "Cleaned")])).await.unwrap();
        tickets.note(&admin, id, &mut form([text("body", "Dusty")])).await.unwrap();
        tickets.delete(&admin, id).await.unwrap();
        for text in ["scanner", "blots", "page", "cleaned", "dusty", &format!("#{id}")] {
            assert!(find(&bench, &admin, text).await.hits.is_empty(), "{text}");
        }
        assert_eq!(bench.documents().await, 0);
    }

    async fn nobody_finds_what_is_not_theirs(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let hers = open(&bench, &ana, "Shared words", "alpha").await;
        let his = open(&bench, &ben, "Shared words", "alpha").await;
        assert_eq!(ids(&find(&bench, &ana, "shared alpha").await), [hers]);
        assert_eq!(ids(&find(&bench, &ben, "shared alpha").await), [his]);
        // Not by asking for somebody else's, nor with the index's own word for an owner.
        let of_ben = TicketFilter { requester: ben.id, ..TicketFilter::default() };
        assert_eq!(ids(&find_among(&bench, &ana, "shared", of_ben.clone()).await), [hers]);
        let owner = format!("u{}", ben.id.unwrap());
        assert!(find(&bench, &ana, &owner).await.hits.is_empty());
        assert!(find(&bench, &agent, &owner).await.hits.is_empty());
        assert_eq!(ids(&find_among(&bench, &agent, "shared", of_ben).await), [his]);
        assert_eq!(ids(&find(&bench, &agent, "shared").await), [his, hers]);
    }

    async fn notes_change_nothing_for_a_customer(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let mut opened = Vec::new();
        for n in 0..4 {
            opened.push(open(&bench, &ana, &format!("Case {n}"), "A common word").await);
        }
        tickets.reply(&agent, opened[1], &mut form([text("body", "common again")])).await.unwrap();
        // Reading marks nothing here, so that only the notes could make a difference.
        let before = [find(&bench, &ana, "common").await, find(&bench, &ana, "case com").await, find(&bench, &ana, "1").await];
        for (n, id) in opened.iter().enumerate() {
            for _ in 0..=n {
                let note = [text("body", "common case 1"), file("common case.png", PNG)];
                tickets.note(&agent, *id, &mut form(note)).await.unwrap();
            }
        }
        let after = [find(&bench, &ana, "common").await, find(&bench, &ana, "case com").await, find(&bench, &ana, "1").await];
        assert_eq!(before, after);
        assert_eq!(find(&bench, &agent, "common").await.hits[0].found_in, FoundIn::FileName);
    }

    async fn title_then_file_name_then_text_and_whole_words_first(bench) {
        let ana = bench.customer("ana").await;
        let title = open(&bench, &ana, "A scan", "x").await;
        let title_begins = open(&bench, &ana, "The scanner", "scan").await;
        let name = open_with(&bench, &ana, "b", "x", [file("scan.png", PNG)]).await;
        let name_begins = open_with(&bench, &ana, "c", "a scan", [file("scans.png", PNG)]).await;
        let older = open(&bench, &ana, "d", "to scan").await;
        let newer = open(&bench, &ana, "e", "a Scan").await;
        let begins = open(&bench, &ana, "f", "scanned").await;
        assert_eq!(ids(&find(&bench, &ana, "scan").await), [title, title_begins, name, name_begins, newer, older, begins]);
        // A reply makes its text new, and a ticket counts by its best.
        bench.desk.tickets().reply(&ana, older, &mut form([text("body", "scan scan scan")])).await.unwrap();
        bench.desk.tickets().reply(&ana, title, &mut form([text("body", "scanning")])).await.unwrap();
        let found = find(&bench, &ana, "scan").await;
        assert_eq!(ids(&found), [title, title_begins, name, name_begins, older, newer, begins]);
        assert_eq!(found.hits[0].found_in, FoundIn::Title);
    }

    async fn filters_narrow(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let parts = || [text("priority", "High"), text("category", "Bug")];
        let high = open_with(&bench, &ana, "word one", "x", parts()).await;
        let low = open(&bench, &ben, "word two", "x").await;
        let work = TicketChange { status: Some(Status::Resolved), assignee: Some(agent.id), ..TicketChange::default() };
        tickets.update(&agent, low, &work).await.unwrap();
        let any = TicketFilter::default;
        for (filter, expected) in [
            (any(), vec![low, high]),
            (TicketFilter { status: Some(Status::Resolved), ..any() }, vec![low]),
            (TicketFilter { priority: Some(Priority::High), ..any() }, vec![high]),
            (TicketFilter { category: Some("bug".into()), ..any() }, vec![high]),
            (TicketFilter { requester: ana.id, ..any() }, vec![high]),
            (TicketFilter { assignee: Some(AssigneeFilter::Mine), ..any() }, vec![low]),
            (TicketFilter { assignee: Some(AssigneeFilter::Unassigned), ..any() }, vec![high]),
            (TicketFilter { requester: ana.id, status: Some(Status::Resolved), ..any() }, vec![]),
        ] {
            assert_eq!(ids(&find_among(&bench, &agent, "word", filter.clone()).await), expected, "{filter:?}");
            if !expected.contains(&low) {
                assert!(find_among(&bench, &agent, &format!("#{low}"), filter).await.hits.is_empty());
            }
        }
    }

    async fn no_more_than_asked_for(bench) {
        let ana = bench.customer("ana").await;
        for n in 0..5 {
            open(&bench, &ana, &format!("Many {n}"), "many").await;
        }
        let search = async |limit: usize| {
            let query = SearchQuery { text: "many".into(), limit, ..SearchQuery::default() };
            let found = bench.desk.tickets().search(&ana, &query).await.unwrap();
            (found.hits.len(), found.has_more)
        };
        assert_eq!(search(0).await, (1, true));
        assert_eq!(search(4).await, (4, true));
        assert_eq!(search(5).await, (5, false));
        assert_eq!(search(5000).await, (5, false));
    }

    async fn no_text_is_an_error(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let odd = "NEAR(a b) \"quoted\" it's 50% OR *star* -minus {title} : ^caret \\ :* & | ! <-> \u{1F600} ()";
        let id = open_with(&bench, &ana, odd, odd, [file("o'neil \" * 50% OR.png", PNG)]).await;
        let mut texts: Vec<String> = odd.split(' ').map(str::to_owned).collect();
        texts.extend([odd, "\0", "a\0b", "title:x", "\"", "\"\"", "'", "''", "a AND", "OR OR", "NOT a", "u1", "owner:u1", "{body}:x", "a*", "'; DROP TABLE tickets; --", "$1", "\u{301}", "\u{FFFF}", "(", "a:*b", "\\'"].map(str::to_owned));
        texts.extend(["x".repeat(10_000), "x ".repeat(5000), "\"".repeat(10_000), "😀".repeat(10_000), "ä*".repeat(3000)]);
        for text in &texts {
            for reader in [&ana, &agent] {
                find(&bench, reader, text).await;
            }
        }
        for text in ["near", "quoted it s 50 or", "star minus title caret", "o'neil", "%50%", "\"OR\"", "AND* 50"] {
            let expected = if text.starts_with("AND") { vec![] } else { vec![id] };
            assert_eq!(ids(&find(&bench, &ana, text).await), expected, "{text}");
        }
        for text in ["", " ", "%", "*", "😀", "\"\" -", "_"] {
            assert!(find(&bench, &ana, text).await.hits.is_empty(), "{text}");
        }
    }

    async fn what_was_there_before_the_search_is_found(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let id = open_with(&bench, &ana, "Old printer", "stripes", [file("page.png", PNG)]).await;
        tickets.reply(&agent, id, &mut form([text("body", "rear flap")])).await.unwrap();
        tickets.note(&agent, id, &mut form([text("body", "defect")])).await.unwrap();
        bench.forget_documents().await;
        assert!(find(&bench, &agent, "printer").await.hits.is_empty());
        bench.another().await;
        for text in ["printer stripes page", "flap"] {
            assert_eq!(ids(&find(&bench, &ana, text).await), [id], "{text}");
        }
        assert!(find(&bench, &ana, "defect").await.hits.is_empty());
        assert_eq!(ids(&find(&bench, &agent, "defect").await), [id]);
        assert_eq!(bench.documents().await, 3);
    }

    async fn any_part_is_found_where_no_blanks_are_written(bench) {
        let ana = bench.customer("ana").await;
        let ben = bench.customer("ben").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        let japanese = open_with(&bench, &ana, "昨日からプリンターが動かないので困っています", "エラーE42が出ます。再起動しました", [file("印刷設定.png", PNG)]).await;
        let chinese = open(&bench, &ana, "打印机无法连接", "网络打印机A4纸卡住了").await;
        let korean = open(&bench, &ana, "프린터가 안 됩니다", "네트워크프린터를 다시 연결했습니다").await;
        let thai = open(&bench, &ana, "เครื่องพิมพ์ไม่ทำงาน", "กระดาษติดอยู่ในเครื่อง").await;
        let khmer = open(&bench, &ana, "ម៉ាស៊ីនបោះពុម្ពមិនដំណើរការ", "ក្រដាសជាប់").await;
        let lao = open(&bench, &ana, "ເຄື່ອງພິມບໍ່ເຮັດວຽກ", "ເຈ້ຍຕິດ").await;
        let burmese = open(&bench, &ana, "ပရင်တာအလုပ်မလုပ်ပါ", "စက္ကူညပ်နေသည်").await;
        open(&bench, &ben, "プリンターと印刷", "打印机 프린터 เครื่องพิมพ์").await;
        tickets.reply(&agent, japanese, &mut form([text("body", "電源ケーブルをご確認ください")])).await.unwrap();
        tickets.note(&agent, japanese, &mut form([text("body", "保証期間切れ")])).await.unwrap();
        for (id, searches) in [
            (japanese, &["プリンター", "プリ", "ンター", "動かない", "困って", "プリンター 困って", "ﾌﾟﾘﾝﾀｰ", "昨", "エラーE42", "e42", "印刷設", "電源ケーブル", "ケーブル", "再起動", "フ\u{309A}リン"][..]),
            (chinese, &["打印机", "印机", "连接", "网络打印机", "打印机A4", "机a4纸", "卡", "Ａ４"]),
            (korean, &["프린터", "프린터가", "네트워크", "크프린", "연결", "\u{1111}\u{1173}\u{1105}\u{1175}\u{11AB}\u{1110}\u{1165}"]),
            (thai, &["เครื่องพิมพ์", "พิมพ์", "ทำงาน", "ไม่ทำ", "กระดาษ", "ติดอยู่"]),
            (khmer, &["បោះពុម្ព", "ដំណើរការ", "ម៉ាស៊ីន"]),
            (lao, &["ພິມ", "ເຮັດວຽກ", "ເຄື່ອງ"]),
            (burmese, &["အလုပ်", "ပရင်တာ", "စက္ကူ"]),
        ] {
            for search in searches {
                assert!(ids(&find(&bench, &ana, search).await).contains(&id), "{search}");
                assert!(ids(&find(&bench, &agent, search).await).contains(&id), "{search}");
            }
        }
        for search in ["ターン", "动印", "機", "터린", "印刷設定機", "保証", "保証期間", "期"] {
            assert!(find(&bench, &ana, search).await.hits.is_empty(), "{search}");
        }
        assert_eq!(ids(&find(&bench, &agent, "期間切").await), [japanese]);
        // Every two and three neighbours, in each script.
        for (id, title) in [(japanese, "昨日からプリンターが動かないので困っています"), (thai, "เครื่องพิมพ์ไม่ทำงาน"), (khmer, "ម៉ាស៊ីនបោះពុម្ពមិនដំណើរការ"), (burmese, "ပရင်တာအလုပ်မလုပ်ပါ")] {
            let signs: Vec<char> = title.chars().collect();
            for part in signs.windows(2).chain(signs.windows(3)) {
                let part = String::from_iter(part);
                assert!(ids(&find(&bench, &ana, &part).await).contains(&id), "{part}");
            }
        }
        // What is marked is the part alone, and the title counts most.
        let hits = find(&bench, &ana, "打印机").await.hits;
        assert_eq!((hits[0].ticket.id, hits[0].found_in), (chinese, FoundIn::Title));
        assert_eq!(shown(&hits[0]), "网络[打印机]A4纸卡住了");
        let title: Vec<_> = hits[0].title.iter().map(|piece| (piece.text.as_str(), piece.is_match)).collect();
        assert_eq!(title, [("打印机", true), ("无法连接", false)]);
        let hits = find(&bench, &ana, "設定").await.hits;
        assert_eq!((hits[0].found_in, shown(&hits[0]).as_str()), (FoundIn::FileName, "印刷[設定].png"));
        // What changes is found as it is.
        let change = TicketChange { title: Some("スキャナー故障".into()), ..TicketChange::default() };
        tickets.update(&ana, japanese, &change).await.unwrap();
        assert_eq!(ids(&find(&bench, &ana, "ャナー").await), [japanese]);
        assert!(find(&bench, &ana, "プリンター").await.hits.is_empty());
    }

    async fn neighbours_apart_do_not_hide_what_is_together(bench) {
        let ana = bench.customer("ana").await;
        let agent = bench.staff("agent", Role::Agent).await;
        let id = open(&bench, &ana, "x", "東京都の事務所").await;
        let start = Timestamp::from_micros(1_700_000_000_000_000);
        let apart = (0..300).map(|number: i64| PastTicket {
            requester: ana.id.unwrap(),
            at: start.plus_seconds(number),
            title: format!("東京 {number}"),
            description: "東京と京都".into(),
            priority: Priority::Low,
            category: "Bug".into(),
            files: Vec::new(),
            deeds: Vec::new(),
        });
        bench.desk.import().tickets(&Actor::command_line(), apart.collect()).await.unwrap();
        for reader in [&ana, &agent] {
            let found = find(&bench, reader, "東京都").await;
            assert_eq!((ids(&found), found.has_more), (vec![id], false));
            assert_eq!(find(&bench, reader, "京都").await.hits.len(), 50);
            // A filter that leaves them all changes nothing.
            let open = TicketFilter { status: Some(Status::Open), ..TicketFilter::default() };
            assert_eq!(ids(&find_among(&bench, reader, "東京都", open.clone()).await), [id]);
            assert_eq!(find_among(&bench, reader, "京都", open).await.hits.len(), 50);
        }
    }

    async fn letters_are_found_as_people_type_them(bench) {
        let ana = bench.customer("ana").await;
        for (written, searches) in [
            ("Łódź Wałęsa", &["lodz", "LODZ", "łódź", "walesa"][..]),
            ("Hauptstraße 5", &["hauptstrasse", "Hauptstraße", "HAUPTSTRASSE", "hauptstras", "HAUPTSTRAẞE"]),
            ("Bahnhofstrasse", &["bahnhofstraße"]),
            ("Ørsted Sørensen Åse", &["orsted", "sorensen", "soerensen", "ase", "aase"]),
            ("Müller Größe", &["muller", "mueller", "MÜLLER", "grosse", "groesse", "Größe"]),
            ("Kuehne", &["kühne", "kuehne"]),
            ("Đặng Nguyễn Việt", &["dang", "nguyen", "viet", "đặng"]),
            ("Işık İstanbul DIŞ", &["isik", "istanbul", "ışık", "dis", "dış"]),
            ("Æsir œuvre Ðað Þór Ħal Ŧest Ŋo coŀlegi", &["aesir", "oeuvre", "dad", "thor", "hal", "test", "no", "collegi"]),
            ("Ελλάδος ΟΔΟΣ", &["ελλαδοσ", "οδος", "οδός"]),
            ("Ёлка", &["елка", "ёлка"]),
            ("ﬁnance ｆｕｌｌｗｉｄｔｈ m²", &["finance", "fullwidth", "m2"]),
            ("أحمد مُحَمَّد مـكـتـب على مدرسة", &["احمد", "إحمد", "محمد", "مكتب", "علي", "مدرسه"]),
            ("שָׁלוֹם", &["שלום", "שָׁלוֹם"]),
            ("Mr O’Brien", &["O'Brien", "O’Brien", "OBrien", "o brien", "o'br"]),
            ("Ms OConnor", &["O'Connor", "O’Connor"]),
            ("E-Mail WLAN-Router", &["email", "e-mail", "e mail", "wlanrouter", "wlan-r", "router"]),
            ("ERR_CONN_42 in v2.14.1", &["ERR_CONN_42", "err_conn", "conn_42", "err conn 42", "14.1", "v2.14.1", "v2.1"]),
            ("ana.maria@example.com", &["ana.maria@example.com", "ana.maria", "example.com", "@example", "maria@ex"]),
            ("soft\u{AD}ware می\u{200C}خواهم", &["software", "میخواهم", "می\u{200C}خواهم"]),
            ("Order ٤٢٧", &["427", "٤٢٧", "۴۲۷"]),
            ("हिन्दी भाषा", &["हिन्दी", "हिन्", "भाषा"]),
        ] {
            let titled = open(&bench, &ana, written, "x").await;
            let described = open(&bench, &ana, "y", written).await;
            for search in searches {
                let found = ids(&find(&bench, &ana, search).await);
                assert!(found.contains(&titled) && found.contains(&described), "{search} in {written}: {found:?}");
            }
        }
        // Together, as they are typed.
        assert!(find(&bench, &ana, "42.err").await.hits.is_empty());
        assert!(find(&bench, &ana, "14.2").await.hits.is_empty());
    }

    async fn an_index_of_another_version_is_made_anew(bench) {
        let ana = bench.customer("ana").await;
        let id = open(&bench, &ana, "プリンター", "Łódź").await;
        let connection = bench.connection().await;
        bench.forget_documents().await;
        // Nothing but what is not found.
        connection.execute_unprepared("UPDATE search_version SET version = 0").await.unwrap();
        let stale = if bench.config.database_url.is_none() {
            "INSERT INTO search_public (rowid, title, body, files, owner) VALUES (1, 'stale', '', '', 'u1')"
        } else {
            "INSERT INTO search_docs (event_id, ticket_id, requester_id, is_internal, words)
             SELECT e.id, t.id, t.requester_id, FALSE, '' FROM events e JOIN tickets t ON t.id = e.ticket_id"
        };
        connection.execute_unprepared(stale).await.unwrap();
        assert!(find(&bench, &ana, "lodz").await.hits.is_empty());
        bench.another().await;
        for text in ["lodz", "リンタ"] {
            assert_eq!(ids(&find(&bench, &ana, text).await), [id], "{text}");
        }
        assert_eq!(bench.documents().await, 1);
        let ben = open(&bench, &ana, "another", "Łódź").await;
        bench.another().await;
        assert_eq!(ids(&find(&bench, &ana, "lodz").await), [ben, id]);
    }

    async fn old_and_new_are_found_however_many_events_lie_between(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let connection = bench.connection().await;
        let mut opened = Vec::new();
        for (number, last) in [8_189, 8_191, 20_000, 300_000, 1_900_000, 1_900_100].into_iter().enumerate() {
            let sql = if bench.config.database_url.is_none() {
                format!("UPDATE sqlite_sequence SET seq = {last} WHERE name = 'events'")
            } else {
                format!("SELECT setval(pg_get_serial_sequence('events', 'id'), {last})")
            };
            if number == 0 {
                // SQLite knows a sequence once it was used.
                open(&bench, &ben, "other", "nothing").await;
            }
            connection.execute_unprepared(&sql).await.unwrap();
            opened.push(open(&bench, &ana, &format!("Common {number}"), "a rare8word about プリンター故障").await);
        }
        opened.reverse();
        for reader in [&ana, &agent] {
            for search in ["common", "comm", "rare8word", "rare8word about", "rare8", "プリンター", "ンター故障", "common プリンター"] {
                assert_eq!(ids(&find(&bench, reader, search).await), opened, "{search}");
            }
            assert_eq!(ids(&find(&bench, reader, "common 0").await), [opened[5]]);
            let query = SearchQuery { text: "common".into(), limit: 2, ..SearchQuery::default() };
            let found = bench.desk.tickets().search(reader, &query).await.unwrap();
            assert_eq!((ids(&found), found.has_more), (opened[..2].to_vec(), true));
        }
        let change = TicketChange { title: Some("Changed".into()), ..TicketChange::default() };
        bench.desk.tickets().update(&ana, opened[5], &change).await.unwrap();
        assert_eq!(ids(&find(&bench, &agent, "common").await), opened[..5]);
        assert_eq!(ids(&find(&bench, &agent, "changed").await), [opened[5]]);
        bench.desk.tickets().delete(&bench.staff("admin", Role::Admin).await, opened[5]).await.unwrap();
        assert!(find(&bench, &agent, "changed").await.hits.is_empty());
    }
}

/// What is judged is long; whoever else is to be answered by this thread waits for none of it.
#[tokio::test]
async fn a_search_holds_up_nobody() {
    use std::time::{Duration, Instant};

    let bench = Bench::open(crate::support::Database::Sqlite).await;
    let (ana, agent) = (bench.customer("ana").await, bench.staff("agent", Role::Agent).await);
    for _ in 0..40 {
        open(&bench, &ana, "Long", &"Some printer ".repeat(700)).await;
    }
    let start = Instant::now();
    let search = find(&bench, &agent, "printer");
    tokio::pin!(search);
    let (mut last, mut longest) = (start, Duration::ZERO);
    let found = loop {
        tokio::select! {
            biased;
            found = &mut search => break found,
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
        longest = longest.max(last.elapsed());
        last = Instant::now();
    };
    longest = longest.max(last.elapsed());
    assert_eq!(found.hits.len(), 40);
    assert!(longest < start.elapsed() / 2, "{longest:?} of {:?}", start.elapsed());
}

/// Both databases find the same in the same order, whatever is written and searched.
#[tokio::test]
async fn both_databases_agree() {
    use crate::support::Database;
    const WORDS: &[&str] = &[
        "scan",
        "scanner",
        "scanning",
        "print",
        "Printer",
        "café",
        "cafe",
        "a",
        "ab",
        "über",
        "100%",
        "it's",
        "e-mail",
        "email",
        "プリンター",
        "新プリンター故障",
        "東京",
        "東京都",
    ];
    const NAMES: &[&str] = &["scan.png", "scanner a.png", "Café print.png"];
    let benches = [Bench::open(Database::Sqlite).await, Bench::open(Database::Postgres).await];
    let mut found = Vec::new();
    for bench in &benches {
        // The same numbers for both.
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let people = [bench.customer("ana").await, bench.customer("ben").await];
        let agent = bench.staff("agent", Role::Agent).await;
        let tickets = bench.desk.tickets();
        for _ in 0..30 {
            let mut some = |most: usize| {
                let words: Vec<&str> = (0..=next(most)).map(|_| WORDS[next(WORDS.len())]).collect();
                words.join(" ")
            };
            let (title, body, reply, note) = (some(2), some(4), some(3), some(3));
            let id = open(bench, &people[next(2)], &title, &body).await;
            if next(3) == 0 {
                let name = NAMES[next(NAMES.len())];
                tickets.reply(&agent, id, &mut form([file(name, PNG)])).await.unwrap();
            }
            if next(2) == 0 {
                tickets.reply(&agent, id, &mut form([text("body", &reply)])).await.unwrap();
            }
            if next(3) == 0 {
                tickets.note(&agent, id, &mut form([text("body", &note)])).await.unwrap();
            }
        }
        let mut all = Vec::new();
        for first in WORDS {
            for second in ["", "sc", "ca", "a", "prin", "100", "プリ", "ー", "e-m", "東京"] {
                for reader in people.iter().chain([&agent]) {
                    let hits = find(bench, reader, &format!("{first} {second}")).await.hits;
                    all.push(
                        hits.into_iter().map(|hit| (hit.ticket.id, hit.found_in, hit.snippet)).collect::<Vec<_>>(),
                    );
                }
            }
        }
        found.push(all);
    }
    assert!(found[0].iter().any(|hits| hits.len() > 5));
    assert_eq!(found[0], found[1]);
}
