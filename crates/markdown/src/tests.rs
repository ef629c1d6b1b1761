use proptest::prelude::*;

use super::*;

#[test]
fn the_subset_is_rendered() {
    for (text, expected) in [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("`a < b`", "<p><code>a &lt; b</code></p>\n"),
        ("```rust\nlet a;\n```", "<pre><code>let a;\n</code></pre>\n"),
        ("**a** *b* ~~c~~", "<p><strong>a</strong> <em>b</em> <del>c</del></p>\n"),
        ("> a\nb", "<blockquote>\n<p>a</p>\n</blockquote>\n<p>b</p>\n"),
        ("1. a\n2. b\n4. c", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n<ol start=\"4\">\n<li>c</li>\n</ol>\n"),
        ("**a _b_** (*c*), **d**.", "<p><strong>a <em>b</em></strong> (<em>c</em>), <strong>d</strong>.</p>\n"),
        ("- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n"),
        ("> - a\n> - b", "<blockquote>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n</blockquote>\n"),
    ] {
        assert_eq!(html(text), expected, "{text}");
    }
}

#[test]
fn links_lead_out_and_say_so() {
    let rel = "rel=\"nofollow noopener noreferrer ugc\"";
    assert_eq!(html("[a](https://b.example)"), format!("<p><a href=\"https://b.example\" {rel}>a</a></p>\n"));
    assert!(html("see https://b.example/c?d=1&e=2").contains("href=\"https://b.example/c?d=1&amp;e=2\""));
    assert!(html("![cat](https://b.example/cat.png)").contains("<a href=\"https://b.example/cat.png\""));
    for bad in [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "[a](/admin?fn=log_out)",
        "[a](//evil.example)",
        "![a](javascript:alert(1))",
        "<javascript:alert(1)>",
    ] {
        assert!(!html(bad).contains("href"), "{bad}: {}", html(bad));
    }
}

/// What is read, without spaces.
fn read(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ if !is_tag => text.push(c),
            _ => {}
        }
    }
    for (entity, sign) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{a0}"), ("&amp;", "&")] {
        text = text.replace(entity, sign);
    }
    without_spaces(&text)
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What people paste into a support desk, none of it meant as Markdown.
const PASTED: &[&str] = &[
    r"\\fileserver\scans",
    r"C:\Users\ana\.config",
    r"D:\_archive\[2026]\#1",
    r"C:\*.*",
    r"copy C:\_old\*.doc D:\_new\",
    r"C:\Program Files (x86)\[a](b)",
    r"\*not meant\*",
    r"a line that ends in a backslash\",
    "__init__.py",
    "__init__",
    "from __future__ import x; if __name__ == '__main__':",
    "2*3*4",
    "2 * 3 * 4",
    "a_b_c and _x",
    "f(*args, **kwargs)",
    "int *p, *q;",
    "SELECT * FROM t WHERE a LIKE '*x*' AND b = \"*y*\"",
    "ls *.txt *.doc lib*",
    "rm *foo*.txt",
    "src/**/*.rs",
    "*/5 * * * * /usr/bin/job",
    "* * * * * /usr/bin/job",
    "* only until June",
    "password: ****",
    "# 404 page",
    "#1234",
    "## two ##",
    "+ 49 30 901820",
    "+49 30 901820",
    "- 5 °C",
    "- $5",
    "-5",
    "- old line\n+ new line",
    "-- \nAna Silva",
    "1986. A great year",
    "24. 12. 2026",
    "007. Bond",
    "1) first\n2) second",
    "> 5 °C",
    ">= 3.2",
    ">/dev/null",
    "<tag attr=\"1\">text</tag>",
    "</div>",
    "<?xml version=\"1.0\"?>\n<!-- a -->\n<a><![CDATA[x]]></a>",
    "List<String> x = a < b && c > d;",
    "&nbsp; &amp; &#35; &lt;b&gt; &copy",
    "AT&T",
    "$PATH and ${HOME}",
    "~~~",
    "~/.bashrc and ~/.profile",
    "about ~5~ or ~~ so",
    "***",
    "---",
    "___",
    "- - -",
    "* * *",
    "===",
    "Title\n---",
    "Title\n===",
    "Title\n-",
    "+---+---+\n| a | b |\n+---+---+",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "a | b\n--|--\n1 | 2",
    "    at foo.bar(Baz.java:12)\n    at foo.baz(Baz.java:13)",
    "Error:\n\n    *a* _b_ \\ & <c>\n\tmore",
    "[1]",
    "see [1] and [2][3]",
    "[1]: https://x.example",
    "[2026-11-25 10:00:00]: error",
    "[x]:\ny",
    "[a]:(b)",
    "![alt](x.png)",
    "array[0](1)",
    "[link](/admin)",
    "[x] done\n[ ] open",
    "don`t and can`t",
    "``quoted''",
    "`",
    "```",
    "```Error: it broke\nhere\n```",
    "```\nnever ended",
    "https://x.example/a_b_c?d=*e*&f=<g>#h",
    "<https://x.example/a>",
    "(https://x.example/a_(b))",
    "<ana@x.example>",
    "ana_b-c@x.example, ana@x.example.",
    "file://server/share ftp://x.example/y",
    "mailto:ana@x.example",
    "two spaces  \nbreak",
    "tab\there",
    "a\rb\r\nc",
    "%s %d \\n \\t \\\\",
    "{\"a\": [1, 2], \"b\": \"\\u00e9\"}",
    "^[^@]+@[^@]+\\.[a-z]{2,}$",
    "e = m*c^2, 5_000_000, x**2 + y**2",
    "/** doc */ // comment",
    "*** WARNING ***",
    "***ERROR***",
    ":-) ;-) <3 >:-(",
    "{{ user.name }} {% if %}",
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\_x_\\y",
    "@ana #tag $1 50% 1/2 a=b c==d e!=f",
    "Straße _x",
    "مرحبا *",
    "x\n\n\n\ny",
    "::: note\nx\n:::",
    "--- a/file\n+++ b/file\n@@ -1 +1 @@\n-old\n+new",
    "[^1]: a footnote, and [^1]",
    "Term\n: definition",
    "www.x.example/_a_",
];

#[test]
fn what_was_pasted_is_read() {
    for text in PASTED {
        for around in ["{}", "Hello\n{}\nBye", "Hello\n\n{}\n\nBye"] {
            let text = around.replace("{}", text);
            for html in [html(&text), page_html(&text)] {
                // A fence that ends makes code of what is in it.
                let ended = text.contains("```Error");
                let expected = without_spaces(&text);
                let expected = if ended { expected.replace("```", "") } else { expected };
                assert_eq!(read(&html), expected, "{text}\n{html}");
                assert!(!html.contains("<h"), "{html}");
            }
        }
    }
}

#[test]
fn what_was_pasted_is_read_in_lists_quotes_and_code() {
    for text in PASTED.iter().filter(|text| !text.contains(['\n', '\r', '`'])) {
        let expected = without_spaces(text);
        for (before, after) in [("> said: ", ""), ("- item ", ""), ("1. item ", ""), ("```\n", "\n```"), ("`", "`")] {
            let html = html(&format!("{before}{text}{after}"));
            assert!(read(&html).contains(&expected), "{before}{text}{after}\n{html}");
        }
    }
}

#[test]
fn lines_end_where_they_ended() {
    assert_eq!(html("a\nb\r\nc\rd"), "<p>a<br>\nb<br>\nc<br>\nd</p>\n");
    assert_eq!(html("Title\n---\ntext"), "<p>Title<br>\n---<br>\ntext</p>\n");
}

#[test]
fn each_block_has_its_direction() {
    assert_eq!(page_html("שלום"), "<p dir=\"auto\">שלום</p>\n");
    assert_eq!(page_html("- א\n- b"), "<ul>\n<li dir=\"auto\">א</li>\n<li dir=\"auto\">b</li>\n</ul>\n");
    assert_eq!(page_html("- א\n\n  b"), "<ul>\n<li dir=\"auto\">\n<p>א</p>\n<p dir=\"auto\">b</p>\n</li>\n</ul>\n");
    assert!(page_html("`C:\\x`").contains("<code dir=\"auto\">C:\\x</code>"));
}

#[test]
fn no_html_passes() {
    for bad in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=alert(1)>b</b>",
        "<!-- --><style>*{}</style>",
        "<a href=\"https://x.example\" onmouseover=alert(1)>x</a>",
        "[a](https://x.example \"t\" onclick=alert(1))",
        "`</code><script>alert(1)</script>`",
        "```\"><script>alert(1)</script>\nx\n```",
    ] {
        let html = html(bad);
        for tag in ["<script", "<img", "<style", "<b ", "<a onm", "<!--"] {
            assert!(!html.contains(tag), "{bad}: {html}");
        }
    }
}

#[test]
fn quotes_end_somewhere() {
    let quotes = |html: &str| html.matches("<blockquote>").count();
    assert_eq!(quotes(&html(&format!("{} a", "> ".repeat(3)))), 3);
    assert_eq!(quotes(&html(&format!("{}a", ">".repeat(10_000)))), literal::QUOTE_DEPTH);
}

/// As deep as a message can be: no stack overflows.
#[test]
fn depth_is_harmless() {
    let chars = domain::MESSAGE_MAX_CHARS;
    for unit in [
        ">", "> ", "- ", "1. ", "[", "![", "**", "*a ", "_", "`", "<a>", "~~", "[a](", "\\", "&", "- > ", "- + ",
        "> - ", "+ 1. ",
    ] {
        let text: String = unit.chars().cycle().take(chars).collect();
        // A request's thread has 2 MiB of stack, as this one.
        let rendered = std::thread::spawn(move || html(&text)).join();
        assert!(rendered.is_ok(), "{unit}");
    }
}

proptest! {
    /// Whatever is written, nothing of it vanishes but marks of Markdown, and nothing is added.
    #[test]
    fn only_marks_vanish(text in r#"[a-c1<>/"'=!\[\]()`*_#~ \n\t\\&;:.|+-]{0,120}"#) {
        let read = read(&html(&text));
        let mut written = text.chars().filter(|c| !c.is_whitespace());
        for c in read.chars() {
            loop {
                match written.next() {
                    Some(next) if next == c => break,
                    Some(next) => prop_assert!("*_~`>-1.".contains(next), "{next} of {text:?} in {read:?}"),
                    None => prop_assert!(false, "{c} was added to {text:?}: {read:?}"),
                }
            }
        }
        prop_assert!(written.all(|c| "*_~`>-1.".contains(c)), "{text:?}: {read:?}");
    }

    /// Whatever is written, only the tags of the subset come out, and no attribute but `href`, `rel`, `start`.
    #[test]
    fn only_the_subset_comes_out(text in r#"[a-z<>/"'=!\[\]()`*_# \n&;:-]{0,200}"#) {
        let html = html(&text);
        let mut rest = html.as_str();
        while let Some((_, after)) = rest.split_once('<') {
            let (tag, after) = after.split_once('>').expect("a tag ends");
            let mut parts = tag.trim_start_matches('/').split(' ');
            prop_assert!(TAGS.contains(&parts.next().unwrap_or_default()), "{tag}");
            let names = tag.match_indices('=').map(|(at, _)| tag[..at].rsplit(' ').next().unwrap_or_default());
            if !tag.starts_with('a') {
                prop_assert!(names.clone().all(|name| name == "start"), "{tag}");
            }
            prop_assert!(!tag.contains(" on"), "{tag}");
            rest = after;
        }
    }
}
