//! What people write, as HTML: paragraphs, links, code, lists and quotes, and nothing else. What is no Markdown stays as it was
//! written ([`literal`]).
//!
//! Two walls against HTML: comrak never sees an angle bracket and escapes what it writes; ammonia then lets pass only the
//! tags below.

mod literal;
mod render;
#[cfg(test)]
mod tests;

use std::{collections::HashSet, sync::LazyLock};

use ammonia::Builder;
use comrak::{
    Arena, Node, Options, format_html,
    nodes::{AstNode, ListType, NodeLink, NodeValue},
    parse_document,
};

use literal::{mask, unmask};
pub use render::all;

const TAGS: [&str; 13] = ["p", "br", "a", "strong", "em", "del", "code", "pre", "ul", "ol", "li", "blockquote", "span"];
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

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(sanitizer);

/// As [`SANITIZER`], and each block runs in the direction of its own words.
static SANITIZER_OF_PAGES: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = sanitizer();
    for tag in ["p", "li", "code"] {
        builder.set_tag_attribute_value(tag, "dir", "auto");
    }
    builder
});

fn sanitizer() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(TAGS))
        .generic_attributes(HashSet::new())
        .tag_attributes([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))].into())
        .url_schemes(HashSet::from(SCHEMES))
        // A relative address would lead into the desk itself.
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener noreferrer ugc"));
    builder
}

/// HTML of a text in Markdown, safe to put into any page.
pub fn html(markdown: &str) -> String {
    render(markdown, &SANITIZER)
}

/// HTML of a text in Markdown for the desk's own pages: as [`html`], each block with its own direction.
pub fn page_html(markdown: &str) -> String {
    // An item goes by its first paragraph, which must not hide its words from it.
    render(markdown, &SANITIZER_OF_PAGES).replace("<li dir=\"auto\">\n<p dir=\"auto\">", "<li dir=\"auto\">\n<p>")
}

fn render(markdown: &str, sanitizer: &Builder<'_>) -> String {
    let arena = Arena::new();
    let root = parse_document(&arena, &mask(markdown), &OPTIONS);
    let nodes: Vec<Node<'_>> = root.descendants().collect();
    for node in nodes {
        restore(&arena, node);
    }
    let mut html = String::new();
    if format_html(root, &OPTIONS, &mut html).is_err() {
        return ammonia::clean_text(markdown);
    }
    sanitizer.clean(&html).to_string()
}

/// Gives a parsed node its masked signs back, and takes away what is not ours to render.
fn restore<'a>(arena: &'a Arena<'a>, node: Node<'a>) {
    let mut data = node.data.borrow_mut();
    match &mut data.value {
        NodeValue::Text(text) => *text = unmask(text).into(),
        NodeValue::Code(code) => code.literal = unmask(&code.literal),
        NodeValue::CodeBlock(block) => {
            block.literal = unmask(&block.literal);
            let info = unmask(&block.info);
            let fence = "`".repeat(block.fence_length);
            if block.fenced && !block.closed {
                block.literal = format!("{fence}{info}\n{}", block.literal);
            } else if info.contains(char::is_whitespace) {
                // More than the name of a language: somebody's words.
                block.literal = format!("{info}\n{}", block.literal);
            }
            block.info.clear();
        }
        NodeValue::Link(link) | NodeValue::Image(link) => {
            let (url, title) = (unmask(&link.url), unmask(&link.title));
            // A picture from elsewhere would tell who reads; it becomes a link.
            data.value = NodeValue::Link(Box::new(NodeLink { url: url.clone(), title: String::new() }));
            drop(data);
            if node.children().next().is_none() {
                node.append(text(arena, url));
            }
            if !title.is_empty() {
                node.insert_after(text(arena, format!(" \"{title}\"")));
            }
        }
        NodeValue::Item(_) => {
            drop(data);
            number(arena, node);
        }
        // The page has its own headings.
        NodeValue::Heading(_) => data.value = NodeValue::Paragraph,
        _ => {}
    }
}

/// A numbered item that does not follow the one before begins a list of its own, with the number that was written.
fn number<'a>(arena: &'a Arena<'a>, item: Node<'a>) {
    let start = |node: Node<'a>| match &node.data.borrow().value {
        NodeValue::Item(list) if list.list_type == ListType::Ordered => Some(list.start),
        _ => None,
    };
    let (Some(own), Some(before)) = (start(item), item.previous_sibling().and_then(start)) else { return };
    let Some(list) = item.parent().filter(|_| own != before + 1) else { return };
    let NodeValue::List(mut kind) = list.data.borrow().value else { return };
    kind.start = own;
    let rest: Vec<Node<'a>> = item.following_siblings().collect();
    let next = new(arena, NodeValue::List(kind));
    list.insert_after(next);
    for item in rest {
        next.append(item);
    }
}

fn text<'a>(arena: &'a Arena<'a>, words: String) -> Node<'a> {
    new(arena, NodeValue::Text(words.into()))
}

fn new<'a>(arena: &'a Arena<'a>, value: NodeValue) -> Node<'a> {
    arena.alloc(AstNode::from(value))
}
