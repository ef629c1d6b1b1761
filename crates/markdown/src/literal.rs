//! Which signs of a text are Markdown, and which are only there.
//!
//! People paste paths, logs, commands and numbers, and expect to read them as they were. So a sign counts as Markdown
//! only where somebody will have meant it: `**bold**`, `*italic*`, `_italic_`, `~~struck~~` and `` `code` `` at the
//! borders of words and within one line, lists with `-` or `1.`, quotes with `>`, fences of backticks, links to
//! addresses of the web. Every other sign is taken out of the parser's sight: [`mask`] puts a code point in its place
//! that no text may hold, and [`unmask`] puts the sign back into what was parsed. Code and addresses get theirs back as
//! well, so a sign that is masked needlessly does no harm.

/// Signs that can be masked; the place in this list names the code point.
const SIGNS: &str = r"\&<>#=-+*_~`]).";
/// The first of 32 code points that Unicode keeps out of all text ("noncharacters").
const FIRST: u32 = 0xFDD0;
const LAST: u32 = 0xFDEF;

/// Quotes in quotes that are shown. Nobody writes more, and what it costs to render them grows with the square of their
/// depth.
pub(super) const QUOTE_DEPTH: usize = 20;

/// Signs looked at to either side of a mark; between a mark and the end of its word are never more.
const BORDER: usize = 8;

/// The text with every sign masked that is not Markdown.
pub(super) fn mask(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let mut reader = Reader::default();
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (at, line) in lines.iter().enumerate() {
        let around = Around {
            before: at.checked_sub(1).and_then(|at| lines.get(at)).copied().unwrap_or_default(),
            after: lines.get(at + 1).copied().unwrap_or_default(),
        };
        reader.line(line, around, &mut out);
        if at + 1 < lines.len() {
            out.push('\n');
        }
    }
    out
}

/// A parsed text with its masked signs.
pub(super) fn unmask(text: &str) -> String {
    // A real `<` is only there to end an address before a masked sign.
    text.chars().filter(|c| *c != '<').map(|c| sign_of(c).unwrap_or(c)).collect()
}

fn masked(sign: char, out: &mut String) {
    // An address ends before an angle bracket, also before a masked one.
    if matches!(sign, '<' | '>') {
        out.push('<');
    }
    let at = SIGNS.chars().position(|known| known == sign).and_then(|at| u32::try_from(at).ok());
    out.push(at.and_then(|at| char::from_u32(FIRST + at)).unwrap_or(sign));
}

fn sign_of(c: char) -> Option<char> {
    let at = u32::from(c).checked_sub(FIRST)?;
    SIGNS.chars().nth(usize::try_from(at).ok()?)
}

/// The lines beside a line.
#[derive(Clone, Copy)]
struct Around<'a> {
    before: &'a str,
    after: &'a str,
}

impl Around<'_> {
    fn any(self, is_so: impl Fn(&str) -> bool) -> bool {
        is_so(self.before.trim_start()) || is_so(self.after.trim_start())
    }
}

/// What is known from the lines before.
#[derive(Default)]
struct Reader {
    /// How deep the line before was quoted.
    quoted: usize,
    /// The number of the last item of a list.
    number: Option<u32>,
    /// Backticks of the fence that is open, and how deep it is quoted.
    fence: Option<(usize, usize)>,
}

impl Reader {
    fn line(&mut self, line: &str, around: Around<'_>, out: &mut String) {
        let start = out.len();
        let mut rest = line;
        let mut quotes = 0;
        let mut is_item = false;
        loop {
            let inner = rest.trim_start_matches([' ', '\t']);
            out.push_str(&rest[..rest.len() - inner.len()]);
            rest = inner;
            if quotes < QUOTE_DEPTH && is_quote(rest, quotes, around) {
                out.push('>');
                quotes += 1;
                rest = &rest[1..];
            } else if !is_item && is_bullet(rest) && !around.any(|line| line.starts_with("+ ")) {
                out.push('-');
                is_item = true;
                rest = &rest[1..];
            } else {
                break;
            }
        }
        if quotes < self.quoted && self.fence.is_none_or(|(_, depth)| quotes < depth) {
            self.fence = None;
            // What stands under a quote without a mark of its own is the answer to it.
            if quotes == 0 && !rest.is_empty() {
                out.insert(start, '\n');
            }
        }
        self.quoted = quotes;
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        if ticks >= 3 && !rest[ticks..].contains('`') {
            self.fence = match self.fence {
                None => Some((ticks, quotes)),
                Some((open, _)) if ticks >= open && rest[ticks..].trim().is_empty() => None,
                open => open,
            };
            out.push_str(&rest[..ticks]);
            inline(&rest[ticks..], out);
            return;
        }
        if !is_item && let Some((number, marker)) = number(rest) {
            let goes_on = self.number.is_some_and(|last| last.checked_add(1) == Some(number));
            if (number <= 9 || goes_on) && is_item_text(&rest[marker..]) {
                self.number = Some(number);
                out.push_str(&rest[..marker]);
            } else {
                out.push_str(&rest[..marker - 1]);
                masked('.', out);
            }
            rest = &rest[marker..];
        } else if let Some(sign @ ('-' | '+' | '=')) = rest.chars().next() {
            masked(sign, out);
            rest = &rest[1..];
        } else if let Some(end) = rest.find(['.', ')']).filter(|end| is_digits(&rest[..*end])) {
            // `1)` and `007.` would be numbered anew.
            out.push_str(&rest[..end]);
            masked(if rest[end..].starts_with(')') { ')' } else { '.' }, out);
            rest = &rest[end + 1..];
        }
        inline(rest, out);
    }
}

/// Whether a `>` here begins a quote: not `>= 3`, not `> 5 °C` alone, not `>/dev/null`.
fn is_quote(rest: &str, depth: usize, around: Around<'_>) -> bool {
    let Some(inner) = rest.strip_prefix('>') else { return false };
    if inner.starts_with(['=', '/', '|', '&', '$', '_']) {
        return false;
    }
    let is_number = inner.trim_start().starts_with(char::is_numeric) && number(inner.trim_start()).is_none();
    !is_number || depth > 0 || around.any(|line| line.starts_with('>'))
}

/// Whether a `-` here begins an item: not `- 5 °C`, not a line of signs.
fn is_bullet(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|text| text.starts_with([' ', '\t']) && is_item_text(text))
}

/// Whether what follows a mark is an item's text. A number is not: the mark belongs to it, as a minus or as a part of a
/// date.
fn is_item_text(text: &str) -> bool {
    let amount = text.trim_start().trim_start_matches(['$', '€', '£', '¥', '~', '≈', '<', '>', '.', ',']);
    !text.trim().is_empty() && !amount.starts_with(char::is_numeric) && !text.trim_start().starts_with(['-', '+', '='])
}

/// The number of `12. text`, and the length of its mark.
fn number(rest: &str) -> Option<(u32, usize)> {
    let (digits, text) = rest.split_once('.')?;
    // `007.` would become `7.`.
    let is_plain = is_digits(digits) && !digits.starts_with('0');
    (is_plain && (text.is_empty() || text.starts_with([' ', '\t'])))
        .then(|| Some((digits.parse().ok()?, digits.len() + 1)))?
}

fn is_digits(text: &str) -> bool {
    (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A run of one mark.
#[derive(Clone, Copy)]
struct Run {
    sign: char,
    from: usize,
    len: usize,
}

/// Masks what is no Markdown within a line.
fn inline(line: &str, out: &mut String) {
    let chars: Vec<char> = line.chars().collect();
    let meant = meant(&chars);
    for (at, &c) in chars.iter().enumerate() {
        let is_sign = match c {
            '*' | '~' | '`' | '_' => !(meant[at] || c == '_' && is_within_word(&chars, at)),
            '\\' | '&' | '<' | '>' | '#' => true,
            // `[name]: …` would be a definition and vanish; only addresses of the web are links.
            ']' => match chars.get(at + 1) {
                Some(':') => true,
                Some('(') => !leads_out(&chars[at + 2..]),
                _ => false,
            },
            _ => false,
        };
        match c {
            _ if is_sign => masked(c, out),
            _ if (FIRST..=LAST).contains(&u32::from(c)) => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(c),
        }
    }
}

/// Whether an underscore joins two parts of a word. The parser leaves those alone, and they belong to addresses.
fn is_within_word(chars: &[char], at: usize) -> bool {
    let is_word = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric());
    is_word(at.checked_sub(1)) && is_word(Some(at + 1))
}

fn leads_out(address: &[char]) -> bool {
    let start: String = address.iter().take(8).collect::<String>().to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| start.starts_with(scheme))
}

/// Which characters are marks that somebody meant: those of code first, then pairs around words.
fn meant(chars: &[char]) -> Vec<bool> {
    let runs = runs(chars);
    let mut meant = vec![false; chars.len()];
    let mut keep = |run: &Run| meant[run.from..run.from + run.len].fill(true);
    let ends = code_ends(chars, &runs);
    let mut open: Vec<Run> = Vec::new();
    let mut at = 0;
    while let Some(run) = runs.get(at) {
        at += 1;
        if run.sign == '`' {
            if let Some(end) = ends[at - 1] {
                keep(run);
                keep(&runs[end]);
                at = end + 1;
            }
            continue;
        }
        if !matches!((run.sign, run.len), ('*', 1 | 2) | ('_', 1) | ('~', 2)) {
            continue;
        }
        let partner = open.iter().rposition(|other| other.sign == run.sign && other.len == run.len);
        if closes(chars, *run)
            && let Some(partner) = partner
        {
            keep(&open[partner]);
            keep(run);
            open.truncate(partner);
        } else if opens(chars, *run) {
            // The nearest counts. One of each kind at most, so looking for the partner costs nothing.
            if let Some(partner) = partner {
                open.remove(partner);
            }
            open.push(*run);
        }
    }
    meant
}

fn runs(chars: &[char]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, &sign) in chars.iter().enumerate() {
        match runs.last_mut() {
            _ if !matches!(sign, '*' | '_' | '~' | '`') => {}
            Some(last) if last.sign == sign && last.from + last.len == at => last.len += 1,
            _ => runs.push(Run { sign, from: at, len: 1 }),
        }
    }
    runs
}

/// For each run of backticks that begins code, the run that ends it.
fn code_ends(chars: &[char], runs: &[Run]) -> Vec<Option<usize>> {
    let mut ends = vec![None; runs.len()];
    // The next run of this many backticks. The parser takes that one, whatever is around it.
    let mut next: [Option<usize>; 4] = [None; 4];
    for (at, run) in runs.iter().enumerate().rev() {
        let Some(slot) = next.get_mut(run.len).filter(|_| run.sign == '`') else { continue };
        let before = run.from.checked_sub(1).and_then(|at| chars.get(at));
        let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
        if !is_word(before) {
            ends[at] = slot.filter(|end| !is_word(chars.get(runs[*end].from + run.len)));
        }
        *slot = Some(at);
    }
    ends
}

/// Whether a word begins after this mark, and none ends before it.
fn opens(chars: &[char], run: Run) -> bool {
    let is_before = chars[..run.from]
        .iter()
        .rev()
        .take(BORDER)
        .find(|c| !matches!(c, '(' | '[' | '{' | '*' | '_' | '~'))
        .is_none_or(|c| c.is_whitespace());
    let is_start = |c: &char| c.is_alphanumeric() || "([\"'“„‘«`#@$€£¿¡*_~".contains(*c);
    is_before && chars.get(run.from + run.len).is_some_and(is_start)
}

/// Whether a word ends before this mark, and none begins after it.
fn closes(chars: &[char], run: Run) -> bool {
    let is_after = chars[run.from + run.len..]
        .iter()
        .take(BORDER)
        .find(|c| !matches!(c, ')' | ']' | '}' | '*' | '_' | '~' | '.' | ',' | ';' | ':' | '!' | '?' | '…'))
        .is_none_or(|c| c.is_whitespace());
    let is_end = |c: char| c.is_alphanumeric() || ")]}.,;:!?\"'”“’»`%°€…*_~".contains(c);
    is_after && run.from.checked_sub(1).is_some_and(|at| is_end(chars[at]))
}
