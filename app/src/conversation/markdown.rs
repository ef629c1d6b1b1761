//! What people write, as HTML: paragraphs, links, code, lists and quotes, and nothing else.
//!
//! Two walls: comrak escapes raw HTML and drops addresses that run script; ammonia then lets pass only the tags below.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::Builder;
use comrak::{
    Arena, Options, format_html,
    nodes::{NodeLink, NodeValue},
    parse_document,
};

const TAGS: [&str; 14] =
    ["p", "br", "a", "strong", "em", "del", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "span"];
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    // People end a line where they want it to end.
    options.render.hardbreaks = true;
    options.render.escape = true;
    options
});

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .tag_attributes([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))].into())
        .url_schemes(HashSet::from(SCHEMES))
        // A relative address would lead into the desk itself.
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer ugc"));
    builder
});

/// Quotes in quotes that are shown. Nobody writes more, and what it costs to render them grows with the square of their depth.
const QUOTE_DEPTH: usize = 20;

/// HTML of a text in Markdown, safe to put into a page.
pub fn html(markdown: &str) -> String {
    let arena = Arena::new();
    let shallow = markdown.lines().map(shallow).collect::<Vec<_>>().join("\n");
    let root = parse_document(&arena, &shallow, &OPTIONS);
    for node in root.descendants() {
        let mut data = node.data.borrow_mut();
        let plainer = match &data.value {
            // A picture from elsewhere would tell who reads; it becomes a link.
            NodeValue::Image(image) => {
                NodeValue::Link(Box::new(NodeLink { url: image.url.clone(), title: String::new() }))
            }
            // The page has its own headings.
            NodeValue::Heading(_) => NodeValue::Paragraph,
            _ => continue,
        };
        data.value = plainer;
    }
    let mut html = String::new();
    if format_html(root, &OPTIONS, &mut html).is_err() {
        return ammonia::clean_text(markdown);
    }
    SANITIZER.clean(&html).to_string()
}

/// A line without the marks of quotes that are deeper than [`QUOTE_DEPTH`].
fn shallow(line: &str) -> Cow<'_, str> {
    let rest = line.trim_start_matches([' ', '\t', '>']);
    let marks = line.len() - rest.len();
    if line[..marks].matches('>').count() > QUOTE_DEPTH {
        Cow::Owned(format!("{}{rest}", "> ".repeat(QUOTE_DEPTH)))
    } else {
        Cow::Borrowed(line)
    }
}

#[cfg(test)]
mod tests {
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
            ("# a", "<p>a</p>\n"),
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
        assert_eq!(quotes(&html(&format!("{}a", ">".repeat(10_000)))), QUOTE_DEPTH);
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
}
