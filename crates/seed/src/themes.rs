//! What people write about: one theme for each kind of trouble, with what its customers and staff say.
//!
//! A file of themes has a line for each text, `\n` in it for a new line and `{…}` for what differs from ticket to
//! ticket: `# category priority [language]` begins a theme; then `t` titles, `d` descriptions, `q` what staff ask, `a`
//! what the customer answers, `f` what solves it, `n` notes for the team.

use domain::Priority;

pub(crate) struct Theme {
    pub(crate) category: &'static str,
    pub(crate) priority: Priority,
    /// Whether it is in English, as what comes around it is.
    pub(crate) is_english: bool,
    pub(crate) titles: Vec<String>,
    pub(crate) descriptions: Vec<String>,
    pub(crate) questions: Vec<String>,
    pub(crate) answers: Vec<String>,
    pub(crate) fixes: Vec<String>,
    pub(crate) notes: Vec<String>,
}

const FILES: [&str; 4] = [
    include_str!("themes/bug.txt"),
    include_str!("themes/request.txt"),
    include_str!("themes/billing.txt"),
    include_str!("themes/other.txt"),
];

/// Every theme.
pub(crate) fn all() -> Vec<Theme> {
    let mut themes: Vec<Theme> = Vec::new();
    for line in FILES.iter().flat_map(|file| file.lines()) {
        let Some((mark, text)) = line.split_once(' ') else { continue };
        if mark == "#" {
            let mut words = text.split(' ');
            themes.push(Theme {
                category: words.next().unwrap_or_default(),
                priority: words.next().and_then(|word| word.parse().ok()).unwrap_or_default(),
                is_english: words.next().is_none(),
                titles: Vec::new(),
                descriptions: Vec::new(),
                questions: Vec::new(),
                answers: Vec::new(),
                fixes: Vec::new(),
                notes: Vec::new(),
            });
            continue;
        }
        let Some(theme) = themes.last_mut() else { continue };
        let texts = match mark {
            "t" => &mut theme.titles,
            "d" => &mut theme.descriptions,
            "q" => &mut theme.questions,
            "a" => &mut theme.answers,
            "f" => &mut theme.fixes,
            _ => &mut theme.notes,
        };
        texts.push(text.replace("\\n", "\n"));
    }
    themes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_is_whole() {
        let themes = all();
        assert!(themes.len() >= 40, "{}", themes.len());
        for theme in &themes {
            let title = &theme.titles[0];
            assert!(["Bug", "Request", "Billing", "Other"].contains(&theme.category), "{title}");
            for texts in
                [&theme.descriptions, &theme.questions, &theme.answers, &theme.fixes, &theme.notes, &theme.titles]
            {
                assert!(!texts.is_empty(), "{title}");
            }
        }
    }

    #[test]
    fn every_line_has_a_known_mark() {
        for line in FILES.iter().flat_map(|file| file.lines()) {
            assert!(["# ", "t ", "d ", "q ", "a ", "f ", "n "].contains(&&line[..2]), "{line}");
        }
    }
}
