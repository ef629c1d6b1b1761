use proptest::prelude::*;
use unicode_normalization::char::is_combining_mark;

use super::*;

fn folded(text: &str) -> Vec<String> {
    Text::new(text).words.into_iter().map(|word| word.folded).collect()
}

/// Whether a search finds a text, and what is marked in it.
fn marked(search: &str, text: &str) -> Option<String> {
    let known = Text::new(text);
    let mut marked = Vec::new();
    for wanted in wanted(search) {
        let found = wanted.find(&known);
        if found.is_empty() {
            return None;
        }
        marked.extend(found.into_iter().map(|(_, place)| text[place].to_owned()));
    }
    Some(marked.join("|"))
}

#[test]
fn words_are_runs_of_letters_and_digits() {
    assert_eq!(
        folded("It's 3.5\" \u{1F600} _bold_ scan-2026_04.PDF"),
        ["it", "s", "3", "5", "bold", "scan", "2026", "04", "pdf"]
    );
    assert_eq!(folded(" \0*%'\"--NEAR(a AND b)"), ["near", "a", "and", "b"]);
    assert!(folded(" \u{301} …").is_empty());
    assert_eq!(folded("½ ㈱"), ["1", "2", "株"]);
    assert_eq!(folded("हिन्दी भाषा"), ["हिन्दी", "भाषा"]);
    assert_eq!(folded("A4プリンターv2 เครื่องพิมพ์HP"), ["a4", "プリンター", "v2", "เครื่องพิมพ์", "hp"]);
}

#[test]
fn case_and_accents_do_not_matter() {
    assert_eq!(folded("CAFÉ Cafe\u{301} ÜBER Ångström İstanbul"), ["cafe", "cafe", "uber", "angstrom", "istanbul"]);
    assert_eq!(folded("Привет ПРИВЕТ"), ["привет", "привет"]);
    // A decomposed word is one word, and its place covers its marks.
    let text = "a cafe\u{301} b";
    let places: Vec<_> = Text::new(text).words.into_iter().map(|word| &text[word.place]).collect();
    assert_eq!(places, ["a", "cafe\u{301}", "b"]);
}

#[test]
fn a_search_is_bounded() {
    let words = |text: &str| wanted(text).iter().map(|wanted| wanted.words.len()).sum::<usize>();
    assert_eq!(words(&"one two three four five six seven eight nine ten ".repeat(99)), SEARCH_MAX_WORDS);
    assert_eq!(words(&"one-two.three/four@".repeat(99)), SEARCH_MAX_WORDS);
    assert_eq!(wanted(&"x".repeat(10_000))[0].words[0].folded.len(), SEARCH_WORD_MAX_CHARS);
    let searched = wanted("a b1 A");
    let searched: Vec<_> =
        searched.iter().map(|wanted| (wanted.words[0].folded.as_str(), wanted.may_begin())).collect();
    assert_eq!(searched, [("a", false), ("b1", true)]);
    let syntax = Syntax { term: |term, _| term.to_owned(), and: " ", or: " " };
    let run: String = ('一'..='龥').take(5000).collect();
    assert_eq!(wanted(&run)[0].expression(true, &syntax).split(' ').count(), MAX_PAIRS);
    let run: String = ('\u{20000}'..'\u{2A000}').take(20_000).collect();
    let bytes: usize = terms([run.as_str()]).iter().map(|term| term.len() + OVERHEAD).sum();
    assert!(bytes < TERMS_MAX_BYTES);
    let names = terms([run.as_str(), "a", &run[8000..], &run.chars().rev().collect::<String>()]);
    assert!(names.contains("a") && names.iter().map(|term| term.len() + OVERHEAD).sum::<usize>() <= TERMS_MAX_BYTES);
}

#[test]
fn any_part_of_a_run_is_found_in_its_order() {
    let text = "昨日からプリンターが動かないので困っています";
    for part in ["プリンター", "プリ", "動かない", "困って", "昨", "す", "ンタ", text] {
        assert_eq!(marked(part, text).as_deref(), Some(part));
    }
    assert_eq!(marked("プリンター 困って", text).as_deref(), Some("プリンター|困って"));
    assert_eq!(marked("ﾌﾟﾘﾝﾀｰ", text).as_deref(), Some("プリンター"));
    for none in ["ターン", "ンプリ", "動く", "日昨", "プリンター 紙"] {
        assert_eq!(marked(none, text), None, "{none}");
    }
    // All its pairs are there, but apart.
    assert_eq!(marked("東京都", "東京と京都"), None);
    assert_eq!(marked("프린터", "네트워크프린터가").as_deref(), Some("프린터"));
    assert_eq!(marked("พิมพ์", "เครื่องพิมพ์ไม่ทำงาน").as_deref(), Some("พิมพ์"));
    assert_eq!(marked("プリンターA4", "新プリンターA4用").as_deref(), Some("プリンターA4"));
    assert_eq!(marked("プリンターA", "プリンター紙A4"), None);
    assert_eq!(marked("ンター a4用", "新プリンターA4用").as_deref(), Some("ンター|A4用"));
}

#[test]
fn joined_words_are_found_as_people_write_them() {
    for (search, text, mark) in [
        ("obrien", "Mr O’Brien", "O’Brien"),
        ("O'Brien", "Mr OBrien", "OBrien"),
        ("O'Br", "Mr O’Brien", "O’Brien"),
        ("photo", "photo-of", "photo"),
        ("email", "my E-Mail", "E-Mail"),
        ("e-mail", "my email", "email"),
        ("its", "it's", "it's"),
        ("tray-7", "tray_7", "tray_7"),
        ("conn_4", "ERR_CONN_42", "CONN_42"),
        ("err_conn_42", "ERR_CONN_42!", "ERR_CONN_42"),
        ("ana@example", "To ana@example.com", "ana@example"),
        ("2.3", "1.2.3.4", "2.3"),
        ("mueller", "Müller", "Müller"),
        ("Müller", "MUELLER", "MUELLER"),
        ("muller", "Müller", "Müller"),
        ("soerensen", "Sørensen", "Sørensen"),
        ("hauptstrasse", "Hauptstraße", "Hauptstraße"),
        ("Hauptstraße", "hauptstrasse", "hauptstrasse"),
    ] {
        let found = marked(search, text).unwrap_or_default();
        assert!(found.split('|').any(|found| found == mark), "{search} in {text}: {found}");
    }
    assert_eq!(marked("it's", "it stinks"), None);
    assert_eq!(marked("2.3", "3.2"), None);
    assert_eq!(marked("muller", "Mueller"), None);
}

proptest! {
    #[test]
    fn a_word_is_found_in_the_text_it_is_from(text in any::<String>()) {
        for word in Text::new(&text).words {
            // Nothing in them means anything to a database.
            prop_assert!(word.folded.chars().all(|char| char.is_alphanumeric() || is_combining_mark(char)));
            prop_assert!(!word.folded.chars().any(|char| char.is_ascii_uppercase()));
            // What is indexed is not taken apart once more.
            prop_assert_eq!(folded(&word.folded), [word.folded.clone()]);
        }
    }

    #[test]
    fn neighbours_in_a_run_are_found(run in "[ぁ-ん一-龥ァ-ヴー]{2,12}", at in any::<prop::sample::Index>(), length in 1..4_usize) {
        let signs: Vec<char> = run.chars().collect();
        let at = at.index(signs.len());
        let part: String = signs[at..].iter().take(length).collect();
        let marked = marked(&part, &format!("a{run} b"));
        prop_assert!(marked.is_some());
        let terms = terms([run.as_str()]);
        prop_assert!(wanted(&part)[0].words[0].folded.chars().all(|sign| terms.contains(&sign.to_string())));
    }
}
