//! The disk is full, files may not grow, folders are closed.

use std::{fs, io::Write as _, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::json;

use crate::support::{
    Client, Folder, Form, Server,
    server::{assert_files, assert_kept, tickets},
    until,
};

/// Fills a disk to the last byte; the file to delete again.
fn fill(data: &Path) -> std::path::PathBuf {
    let path = data.join("filler");
    let mut file = fs::File::create(&path).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        if file.write_all(&vec![0; size]).is_err() {
            size /= 2;
        }
    }
    path
}

/// Fills what is left, at the end of the filler.
fn fill_up(filler: &Path) {
    let mut file = fs::File::options().append(true).open(filler).unwrap();
    let mut size = 1 << 20;
    while size > 0 {
        if file.write_all(&vec![0; size]).is_err() {
            size /= 2;
        }
    }
}

/// Tickets with files, and replies, until one is refused; the tickets that were taken.
fn send_until_refused(ana: &Client) -> Vec<i64> {
    let mut taken = Vec::new();
    for number in 0..2000 {
        let answer = ana.post_json(
            "/api/tickets/",
            &json!({ "title": format!("Number {number}"), "description": "Many words. ".repeat(500) }),
        );
        if answer.status != 201 {
            answer.assert_unavailable();
            return taken;
        }
        taken.push(answer.id());
    }
    panic!("everything was taken");
}

/// What holds while nothing can be written, and afterwards, when `mend` has put it right. `server` is restarted where its
/// data outlives it.
fn around_a_failing_disk(
    folder: &Folder,
    server: Server,
    pins: &[String],
    break_it: impl FnOnce(&Server),
    mend: impl FnOnce(&Server),
) {
    let (ana, root) = (server.customer(&pins[0]), server.staff("root"));
    let browser = server.browser(&pins[1]);
    let mut taken = vec![ana.post_form("/api/tickets/", &Form::ticket("Before").png("a.png", 5000)).id()];
    let form = "application/x-www-form-urlencoded";
    let issued = root.send("POST", "/admin/customers/1?fn=issue_pin", form, b"user_id=1").unwrap();
    let shown = issued.header("location").unwrap_or_else(|| panic!("{}", issued.text())).to_owned();

    break_it(&server);
    taken.extend(send_until_refused(&ana));
    for _ in 0..3 {
        ana.post_form("/api/tickets/", &Form::ticket("Refused").png("a.png", 200_000)).assert_unavailable();
    }
    server.client().get("/readyz").assert_unavailable();
    // Reading goes on.
    assert_eq!(ana.get("/api/tickets/").status, 200);
    assert_eq!(browser.get("/tickets").status, 200);
    // Staff are told what is the matter, customers are not.
    let trouble = server.client().get("/readyz").text();
    let page = root.get("/admin/tickets");
    assert_eq!(page.status, 200);
    assert!(page.text().contains(trouble.trim()), "staff are not told: {trouble}");
    assert!(trouble.contains("disk is full"), "{trouble}");
    // A PIN that was issued is shown once, which has to be written: it waits, and that is said.
    let page = root.get(&shown);
    assert!(page.status == 200 && page.text().contains("Reload this page within five minutes"), "{}", page.text());
    let refused = browser.post_form("/tickets/new?fn=create_ticket", &Form::ticket("Refused").png("a.png", 200_000));
    refused.assert_unavailable();
    assert!(!refused.text().contains(trouble.trim()));

    mend(&server);
    until("it works again without a restart", || server.is_ready());
    assert!(root.get(&shown).text().contains("id=\"issued-pin\""));
    for number in 0..5 {
        let form = Form::ticket(&format!("After {number}")).png("a.png", 50_000);
        taken.push(ana.post_form("/api/tickets/", &form).id());
        let reply = ana.post_json(&format!("/api/tickets/{}/replies/", taken[0]), &json!({ "body": "And again" }));
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    assert_kept(&ana, &taken);
    assert_eq!(server.client().post_json("/api/users/login/", &json!({ "pin": pins[2] })).status, 200);
    if !folder.has_own_disk() {
        server.kill();
        let server = folder.serve();
        server.wait_ready();
        assert_eq!(server.client().post_json("/api/users/login/", &json!({ "pin": pins[2] })).status, 400);
        let ana = server.customer(&pins[3]);
        assert_kept(&ana, &taken);
        let listed = tickets(&ana);
        assert!(listed.iter().all(|ticket| ticket["title"] != "Refused"));
        let files = assert_files(&ana, &listed);
        until("files without a ticket are swept away", || Folder::files(&folder.path()).len() == files);
    }
}

#[test]
fn files_may_not_grow() {
    let folder = Folder::new();
    let pins = folder.pins("ana", 4);
    folder.admin("root");
    let server = folder.serve();
    server.wait_ready();
    around_a_failing_disk(
        &folder,
        server,
        &pins,
        |server| server.limit("--fsize=1024:"),
        |server| server.limit("--fsize=unlimited:"),
    );
}

#[test]
fn the_disk_is_full() {
    let folder = Folder::new().with_disk_of(16 << 20);
    // The desk is made by commands, and then laid onto the disk that the server sees.
    let pins = folder.pins("ana", 4);
    folder.admin("root");
    let server = folder.serve();
    server.wait_ready();
    around_a_failing_disk(
        &folder,
        server,
        &pins,
        |server| drop(fill(&server.data())),
        |server| fs::remove_file(server.data().join("filler")).unwrap(),
    );
}

/// Asks for a backup and waits for what comes of it: the page. Two that are alike would be one click.
fn back_up(root: &Client, number: u32) -> String {
    let form = "application/x-www-form-urlencoded";
    let body = format!("number={number}");
    let asked = root.send("POST", "/admin/backups?fn=make_backup", form, body.as_bytes()).unwrap();
    assert_eq!(asked.status, 303, "{}", asked.text());
    let page = || root.get("/admin/backups").text();
    until("the backup is done or failed", || !page().contains("A backup is being made or verified."));
    page()
}

#[test]
fn a_backup_on_a_full_disk_says_so() {
    let folder = Folder::new().with_disk_of(16 << 20);
    let pins = folder.pins("ana", 1);
    folder.admin("root");
    let server = folder.serve();
    server.wait_ready();
    let (ana, root) = (server.customer(&pins[0]), server.staff("root"));
    ana.post_form("/api/tickets/", &Form::ticket("Kept").png("a.png", 2_000_000)).id();
    let failed = "The last backup was not made.";
    let backups = || {
        let entries = fs::read_dir(server.data().join("backups")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    assert!(!back_up(&root, 1).contains(failed));
    assert_eq!(backups().len(), 1);
    // Room for a note, and none for a backup; then none for a note either.
    let filler = fill(&server.data());
    let file = fs::File::options().write(true).open(&filler).unwrap();
    let full = file.metadata().unwrap().len();
    for number in [2, 3] {
        file.set_len(full - (1 << 20)).unwrap();
        if number == 3 {
            fill_up(&filler);
        }
        let page = back_up(&root, number);
        assert!(page.contains(failed) && page.contains("Make room on it"), "{page}");
        assert_eq!(backups().len(), 1, "what is there stays, and nothing half done");
    }
    // Who has it open keeps its room.
    drop(file);
    fs::remove_file(&filler).unwrap();
    until("it works again without a restart", || server.is_ready());
    let page = back_up(&root, 4);
    assert!(!page.contains(failed), "{page}");
    assert_eq!(backups().len(), 2);
}

#[test]
fn a_data_folder_that_is_a_disk_of_its_own_is_backed_up_and_restored() {
    let folder = Folder::new();
    folder.pins("ana", 1);
    // All else is on another one.
    let script = "mkdir ../seen && mount -t tmpfs -o size=64m tmpfs ../seen && cp -a . ../seen && \
         mount --move ../seen \"$PINDESK_DATA_DIR\" && cd \"$PINDESK_DATA_DIR\" && \"$0\" backup && \
         \"$0\" backup verify backups/*.tar && \"$0\" restore backups/*.tar --replace && \"$0\" backup && exit 7";
    let output = folder.serve_command_on(script).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains("pindesk pin create ana"), "{said}");
}

#[test]
fn a_start_on_a_full_disk_says_so() {
    let folder = Folder::new().with_disk_of(16 << 10);
    let output = folder.serve_command().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("disk"), "{words}");
}

#[test]
fn a_start_in_a_closed_folder_says_so() {
    let folder = Folder::new();
    let is_root = fs::metadata("/proc/self").is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0);
    fs::create_dir_all(folder.path()).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let output = if is_root {
        // Whom permissions do not stop, a read-only mount does.
        folder.serve_command_on("mount -t tmpfs -o ro tmpfs \"$PINDESK_DATA_DIR\"").output().unwrap()
    } else {
        folder.run(&["serve"])
    };
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("ermission") || words.contains("writable"), "{words}");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
}
