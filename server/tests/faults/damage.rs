//! A page of the database is overwritten while the desk runs.

use std::{fs, os::unix::fs::FileExt as _};

use crate::support::{Folder, Form};

const PAGE: usize = 4096;

#[test]
fn a_damaged_database_takes_nothing_more() {
    let folder = Folder::new();
    let pins = folder.pins("ana", 2);
    folder.admin("root");
    let server = folder.serve();
    server.wait_ready();
    let ana = server.customer(&pins[0]);
    for number in 0..30 {
        ana.post_form("/api/tickets/", &Form::ticket(&format!("Findable {number}"))).id();
    }
    // What was written is in the file itself once the desk is closed.
    assert_eq!(server.stop(), Some(0));
    let server = folder.serve();
    server.wait_ready();
    let (ana, root) = (server.customer(&pins[1]), server.staff("root"));
    let path = folder.path().join("pindesk.db");
    let bytes = fs::read(&path).unwrap();
    // A page with rows of tickets, whose title and description stand together.
    let words = b"Findable 7As the title says.";
    let at = bytes.windows(words.len()).position(|window| window == words).unwrap() / PAGE * PAGE;
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[0xa5; PAGE], u64::try_from(at).unwrap()).unwrap();
    assert_ne!(ana.get("/api/tickets/").status, 200);
    let ready = server.client().get("/readyz");
    ready.assert_unavailable();
    assert!(ready.text().contains("The database is damaged"), "{}", ready.text());
    // All that writes is refused, not only what meets the page; staff read why on every page.
    let refused = ana.post_form("/api/tickets/", &Form::ticket("Refused"));
    refused.assert_unavailable();
    assert!(!refused.text().contains("damaged"), "{}", refused.text());
    let form = "application/x-www-form-urlencoded";
    let refused = root.send("POST", "/admin/categories?fn=add_category", form, b"name=Refused").unwrap();
    refused.assert_unavailable();
    for page in ["/admin/categories", "/admin/pins", "/admin/backups"] {
        let page = root.get(page);
        assert_eq!(page.status, 200);
        assert!(page.text().contains("The database is damaged"), "{}", page.text());
    }
    let asked = root.send("POST", "/admin/backups?fn=make_backup", form, b"").unwrap();
    assert_eq!(asked.status, 303, "{}", asked.text());
    crate::support::until("the backup failed", || {
        root.get("/admin/backups").text().contains("The last backup was not made.")
    });
    let output = folder.run(&["backup"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("damaged"));
    assert_eq!(fs::read_dir(folder.path().join("backups")).map_or(0, Iterator::count), 0);
    assert_eq!(folder.run(&["doctor"]).status.code(), Some(2));
    server.client().get("/readyz").assert_unavailable();
}
