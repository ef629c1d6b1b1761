//! Many texts in Markdown as HTML, without holding up others: what somebody wrote to be slow takes a while.

use desk::heavy;
use domain::Result;

/// Bytes that are rendered on the thread that answers: a thread of its own would cost more.
const AT_ONCE: usize = 2 * 1024;
/// Bytes that are rendered in one go. The worst text of this size takes a tenth of a second, so whoever waits behind
/// some of them does not wait long.
const IN_ONE_GO: usize = 32 * 1024;

/// Each text as HTML, in its place; `html` is how one is rendered ([`crate::html`], [`crate::page_html`]).
///
/// # Errors
/// [`domain::Error::Unavailable`] while the program stops.
pub async fn all(texts: Vec<Option<String>>, html: fn(&str) -> String) -> Result<Vec<Option<String>>> {
    let mut rendered = Vec::with_capacity(texts.len());
    let mut texts = texts.into_iter().peekable();
    while texts.peek().is_some() {
        let (mut portion, mut bytes) = (Vec::new(), 0);
        while let Some(text) = texts.next_if(|text| portion.is_empty() || bytes + length(text) <= IN_ONE_GO) {
            bytes += length(&text);
            portion.push(text);
        }
        let render = move || portion.into_iter().map(|text| text.map(|text| html(&text))).collect::<Vec<_>>();
        rendered.extend(if bytes <= AT_ONCE { render() } else { heavy(render).await? });
    }
    Ok(rendered)
}

fn length(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html;

    #[tokio::test]
    async fn each_in_its_place() {
        let long = |letter: &str| letter.repeat(20_000);
        let texts = [None, Some("*a*".to_owned()), None, Some(long("b")), Some(long("c")), Some(long("d")), None];
        let rendered = all(texts.to_vec(), html).await.unwrap();
        let one_by_one: Vec<_> = texts.iter().map(|text| text.as_deref().map(html)).collect();
        assert_eq!(rendered, one_by_one);
        assert!(all(Vec::new(), html).await.unwrap().is_empty());
    }
}
