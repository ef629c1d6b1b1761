//! The files that are chosen in a form, as a value: which of them are sent, what is said about each, and how far they are.

use domain::{FileRefusal, UploadLimits, human_bytes};

/// A chosen file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Tells it apart from others of its form.
    pub(super) id: u32,
    /// The name it was chosen under.
    chosen_name: String,
    /// The name it is sent under; no other file of its form has it.
    pub(super) name: String,
    /// Bytes.
    size: u64,
    /// Why it cannot go, whatever else is chosen.
    problem: Option<String>,
    /// Whether it will be taken is not known yet.
    is_looked_at: bool,
    /// It is not what was chosen any more.
    is_lost: bool,
    /// The address of the picture that it is.
    pub(super) picture: Option<String>,
    /// How far it is.
    way: Way,
}

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nothing is sent.
    Rests,
    /// It came while the form was being sent.
    Aside,
    /// So many of a hundred parts are sent.
    Sent(u8),
}

impl Chosen {
    /// Its size, and how far it is.
    pub(super) fn meta(&self) -> String {
        let mut words = human_bytes(self.size);
        match self.way {
            Way::Rests => {}
            Way::Aside => words.push_str(" · not being sent"),
            Way::Sent(0) => words.push_str(" · waiting"),
            Way::Sent(100) => words.push_str(" · sent"),
            Way::Sent(percent) => words.extend([" · ", percent.to_string().as_str(), " % sent"]),
        }
        words
    }

    /// Whether it will be taken is not known yet.
    pub(super) fn is_looked_at(&self) -> bool {
        self.is_looked_at
    }

    /// So many of a hundred parts are sent, while it is being sent.
    pub(super) fn percent(&self) -> Option<u8> {
        if let Way::Sent(percent) = self.way { Some(percent) } else { None }
    }
}

/// What a sentence says about the file `name`: one about a file begins with its name in quotation marks.
pub(super) fn about<'a>(name: &str, sentence: &'a str) -> Option<&'a str> {
    sentence.strip_prefix('"')?.strip_prefix(name)?.strip_prefix('"')
}

/// The files of a form, in the order they came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChosenFiles {
    limits: UploadLimits,
    /// How many the ticket takes.
    room: usize,
    files: Vec<Chosen>,
    next: u32,
    /// The form is to be sent as soon as all are looked at.
    waits: bool,
    /// The first that was refused while it waited: who pressed has not seen that.
    refused_meanwhile: Option<u32>,
}

/// What becomes of a form that waited for its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GoesOn {
    /// It is sent.
    Sent,
    /// It is not: this file was refused meanwhile.
    Refused(u32),
}

impl ChosenFiles {
    pub(super) fn new(limits: UploadLimits, room: u32) -> Self {
        Self { limits, room: room as usize, files: Vec::new(), next: 0, waits: false, refused_meanwhile: None }
    }

    pub(super) fn limits(&self) -> UploadLimits {
        self.limits
    }

    pub(super) fn ids(&self) -> Vec<u32> {
        self.files.iter().map(|file| file.id).collect()
    }

    pub(super) fn get(&self, id: u32) -> Option<&Chosen> {
        self.files.iter().find(|file| file.id == id)
    }

    fn get_mut(&mut self, id: u32) -> Option<&mut Chosen> {
        self.files.iter_mut().find(|file| file.id == id)
    }

    /// Adds a file under a name that no other one has. One that is chosen again takes the place of what it was. What comes while
    /// the form `is_being_sent` says that it is not sent with it, and is there when that is refused or stopped.
    pub(super) fn add(&mut self, chosen_name: String, size: u64, is_being_sent: bool) -> &Chosen {
        self.files.retain(|file| !(file.is_lost && file.chosen_name == chosen_name));
        let name = free_name(&chosen_name, |name| self.files.iter().any(|file| file.name == name));
        let way = if is_being_sent { Way::Aside } else { Way::Rests };
        let id = self.next;
        self.next += 1;
        let at = self.files.len();
        let new = Chosen {
            id,
            chosen_name,
            name,
            size,
            problem: None,
            is_looked_at: true,
            is_lost: false,
            picture: None,
            way,
        };
        self.files.push(new);
        &self.files[at]
    }

    pub(super) fn remove(&mut self, id: u32) {
        self.files.retain(|file| file.id != id);
    }

    /// It will not be taken.
    fn refuse(&mut self, id: u32, why: FileRefusal) {
        let limits = self.limits;
        if let Some(file) = self.get_mut(id) {
            file.problem = Some(limits.refusal(&file.name, why));
        }
    }

    /// Whether the form can be sent now; if not, it waits until all are looked at.
    pub(super) fn may_go(&mut self) -> bool {
        self.waits = self.files.iter().any(|file| file.is_looked_at);
        self.refused_meanwhile = None;
        !self.waits
    }

    /// Whether the form waits until all are looked at.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// A file was looked at, and is refused if there is a reason. Tells what becomes of a form that waited for it.
    pub(super) fn looked(&mut self, id: u32, why: Option<FileRefusal>) -> Option<GoesOn> {
        if let Some(file) = self.get_mut(id) {
            file.is_looked_at = false;
        }
        if let Some(why) = why {
            self.refuse(id, why);
            // One that was removed is nobody's matter any more.
            self.refused_meanwhile = self.refused_meanwhile.or(self.get(id).map(|file| file.id));
        }
        if !self.waits || self.files.iter().any(|file| file.is_looked_at) {
            return None;
        }
        self.waits = false;
        Some(self.refused_meanwhile.map_or(GoesOn::Sent, GoesOn::Refused))
    }

    /// It was good and is not any more.
    pub(super) fn lose(&mut self, id: u32) {
        self.refuse(id, FileRefusal::Changed);
        if let Some(file) = self.get_mut(id) {
            file.is_lost = true;
        }
    }

    /// The first that was lost.
    pub(super) fn lost(&self) -> Option<u32> {
        self.files.iter().find(|file| file.is_lost).map(|file| file.id)
    }

    /// Shows the picture that it is.
    pub(super) fn show(&mut self, id: u32, address: String) {
        if let Some(file) = self.get_mut(id) {
            file.picture = Some(address);
        }
    }

    /// Takes a sentence of the server's to the file that it is about, if it is about one. Whether it is one too many is counted
    /// here, as files come and go.
    pub(super) fn tell(&mut self, sentence: &str) -> Option<u32> {
        let limits = self.limits;
        let file = self.files.iter_mut().find(|file| about(&file.name, sentence).is_some())?;
        if sentence != limits.refusal(&file.name, FileRefusal::TooMany) {
            file.problem = Some(sentence.to_owned());
        }
        Some(file.id)
    }

    /// Why a file is not sent, if it is not: those that fit come first.
    pub(super) fn reason(&self, id: u32) -> Option<String> {
        let at = self.files.iter().position(|file| file.id == id)?;
        let file = &self.files[at];
        let before = self.files[..at].iter().filter(|file| file.problem.is_none()).count();
        let too_many = || (before >= self.room).then(|| self.limits.refusal(&file.name, FileRefusal::TooMany));
        file.problem.clone().or_else(too_many)
    }

    /// Every reason, for who does not see the files.
    pub(super) fn reasons(&self) -> String {
        let reasons: Vec<String> = self.files.iter().filter_map(|file| self.reason(file.id)).collect();
        reasons.join(" ")
    }

    /// Those that are sent: id and name.
    pub(super) fn good(&self) -> Vec<(u32, String)> {
        let good = self.files.iter().filter(|file| file.problem.is_none()).take(self.room);
        good.map(|file| (file.id, file.name.clone())).collect()
    }

    /// So many bytes of the request of `total` are sent. The files travel one after the other, after the form's other fields.
    pub(super) fn share_out(&mut self, sent: &[u32], loaded: u64, total: u64) {
        let of_files: u64 = sent.iter().filter_map(|id| self.get(*id)).map(|file| file.size).sum();
        let mut left = loaded.saturating_sub(total.saturating_sub(of_files));
        for id in sent {
            if let Some(file) = self.get_mut(*id) {
                let of_this = left.min(file.size);
                file.way = Way::Sent((of_this * 100 / file.size.max(1)) as u8);
                left -= of_this;
            }
        }
    }

    /// Nothing is under way any more.
    pub(super) fn rest(&mut self) {
        for file in &mut self.files {
            file.way = Way::Rests;
        }
    }
}

/// `name`, or `name (2)` and so on while `is_taken`: a refusal must tell which file it means.
fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let (stem, end) = name.rfind('.').map_or((name, ""), |dot| name.split_at(dot));
    let mut free = name.to_owned();
    let mut count = 2_u32;
    while is_taken(&free) {
        free = [stem, " (", count.to_string().as_str(), ")", end].concat();
        count += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(room: u32, names: &[&str]) -> ChosenFiles {
        let mut files = ChosenFiles::new(UploadLimits::default(), room);
        for name in names {
            files.add((*name).to_owned(), 100, false);
        }
        files
    }

    fn names(files: &ChosenFiles) -> Vec<&str> {
        files.files.iter().map(|file| file.name.as_str()).collect()
    }

    #[test]
    fn each_has_a_name_of_its_own() {
        assert_eq!(names(&files(9, &["a.png", "a.png", "a.png", "b"])), ["a.png", "a (2).png", "a (3).png", "b"]);
        assert_eq!(names(&files(9, &["b", "b", ".x", ".x"])), ["b", "b (2)", ".x", " (2).x"]);
        // What was removed gives its name free.
        let mut files = files(9, &["a.png", "a.png"]);
        files.remove(0);
        files.add("a.png".to_owned(), 1, false);
        assert_eq!(names(&files), ["a (2).png", "a.png"]);
    }

    #[test]
    fn those_that_fit_come_first() {
        let mut files = files(2, &["a", "b", "c", "d"]);
        files.refuse(1, FileRefusal::Empty);
        assert_eq!(files.good(), [(0, "a".to_owned()), (2, "c".to_owned())]);
        assert!(files.reason(1).unwrap().contains("is empty"), "{:?}", files.reason(1));
        assert_eq!(files.reason(2), None);
        assert_eq!(files.reason(3), Some(UploadLimits::default().refusal("d", FileRefusal::TooMany)));
        assert!(files.reasons().contains("\"b\"") && files.reasons().contains("\"d\""));
        // With one less, the next fits.
        files.remove(0);
        assert_eq!(files.reason(3), None);
    }

    #[test]
    fn a_form_waits_until_its_files_are_looked_at() {
        let mut files = files(5, &["a", "b", "c"]);
        assert_eq!(files.looked(0, None), None, "nobody pressed");
        assert!(!files.may_go() && files.waits());
        assert_eq!(files.looked(1, None), None, "one is left");
        assert_eq!(files.looked(2, None), Some(GoesOn::Sent));
        assert!(files.may_go() && !files.waits());
        // What is refused meanwhile was not seen by who pressed; what was refused before was.
        let (d, e) = (files.add("d".to_owned(), 1, false).id, files.add("e".to_owned(), 1, false).id);
        assert_eq!(files.looked(d, Some(FileRefusal::Empty)), None);
        assert!(!files.may_go());
        assert_eq!(files.looked(e, Some(FileRefusal::Empty)), Some(GoesOn::Refused(e)));
        assert!(files.may_go());
        // Nor does one count that was removed.
        let f = files.add("f".to_owned(), 1, false).id;
        assert!(!files.may_go());
        files.remove(f);
        assert_eq!(files.looked(f, Some(FileRefusal::Empty)), Some(GoesOn::Sent));
    }

    #[test]
    fn a_sentence_goes_to_its_file() {
        let mut files = files(1, &["a.pdf", "a.pdf (2)"]);
        assert_eq!(files.tell("\"b.pdf\" is empty."), None);
        assert_eq!(files.tell("\"a.pdf (2)\" is damaged."), Some(1));
        assert_eq!(files.reason(1).as_deref(), Some("\"a.pdf (2)\" is damaged."));
        // One too many at the server, and counted here.
        let too_many = UploadLimits::default().refusal("a.pdf", FileRefusal::TooMany);
        assert_eq!(files.tell(&too_many), Some(0));
        assert_eq!(files.reason(0), None);
        assert_eq!(about("a\"b", "\"a\"b\" is empty."), Some(" is empty."));
    }

    #[test]
    fn one_that_changed_is_chosen_again() {
        let mut files = files(5, &["a", "b"]);
        files.lose(0);
        assert_eq!((files.lost(), files.good().len()), (Some(0), 1));
        assert!(files.reason(0).unwrap().contains("changed after you chose it"));
        files.add("a".to_owned(), 3, false);
        assert_eq!((files.lost(), names(&files)), (None, vec!["b", "a"]));
        // One that is good stays beside its namesake.
        files.add("a".to_owned(), 3, false);
        assert_eq!(names(&files), ["b", "a", "a (2)"]);
    }

    #[test]
    fn the_way_is_shared_out_in_order() {
        let mut files = files(5, &["a", "b", "c"]);
        let percents = |files: &ChosenFiles| files.files.iter().map(Chosen::percent).collect::<Vec<_>>();
        assert_eq!(percents(&files), [None; 3]);
        // 50 bytes of other fields, then two files of 100.
        for (loaded, expected) in
            [(0, (0, 0)), (50, (0, 0)), (75, (25, 0)), (150, (100, 0)), (200, (100, 50)), (250, (100, 100))]
        {
            files.share_out(&[0, 2], loaded, 250);
            assert_eq!(percents(&files), [Some(expected.0), None, Some(expected.1)], "{loaded}");
        }
        assert!(files.get(0).unwrap().meta().ends_with(" · sent"));
        let late = files.add("late".to_owned(), 7, true).id;
        assert!(files.get(late).unwrap().meta().ends_with("· not being sent"));
        files.rest();
        assert_eq!(percents(&files), [None; 4]);
        assert!(!files.get(late).unwrap().meta().contains('·'));
    }

    #[test]
    fn nothing_is_shared_out_of_an_empty_file() {
        let mut files = files(5, &[]);
        let id = files.add("empty".to_owned(), 0, false).id;
        files.share_out(&[id, 7], 10, 5);
        assert_eq!(files.get(id).unwrap().percent(), Some(0));
    }
}
