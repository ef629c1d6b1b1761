//! What is known of files beside their names, and what becomes of those that nobody has any more.

use std::{fs, path::PathBuf, time::Duration};

use domain::Actor;
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{Bench, PDF, PNG, file, on_both_databases, ticket};

async fn hashes(bench: &Bench) -> Vec<Option<String>> {
    let connection = bench.connection().await;
    let select = "SELECT sha256 FROM attachments ORDER BY id";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), select)).await;
    rows.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

fn folder(bench: &Bench, part: &str) -> PathBuf {
    bench.folder.path().join(part)
}

/// Names of all files below a folder.
fn below(folder: PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(below(path)) } else { found.push(path) }
    }
    found
}

on_both_databases! {
    async fn files_are_hashed_as_they_arrive_and_old_ones_later(bench) {
        let ana = bench.customer("ana").await;
        let form = || ticket([file("stripes.png", PNG), file("invoice.pdf", PDF)]);
        bench.desk.tickets().open(&ana, &mut form()).await.unwrap();
        let known = hashes(&bench).await;
        assert!(known.iter().flatten().all(|hash| hash.len() == 64), "{known:?}");
        assert_eq!(known.iter().flatten().count(), 2);
        assert_ne!(known[0], known[1]);
        // As of files from before, of which one is gone.
        bench.execute("UPDATE attachments SET sha256 = NULL").await;
        bench.desk.tickets().open(&ana, &mut form()).await.unwrap();
        bench.execute("UPDATE attachments SET sha256 = NULL WHERE id = 4").await;
        let of_ticket = |ticket: u32| below(folder(&bench, &format!("media/tickets/{ticket}")));
        fs::remove_file(of_ticket(1).iter().find(|path| path.extension().unwrap() == "pdf").unwrap()).unwrap();
        bench.desk.upkeep().await.unwrap();
        assert_eq!(hashes(&bench).await, [known[0].clone(), None, known[0].clone(), known[1].clone()]);
    }

    async fn what_is_withdrawn_or_swept_is_in_the_trash_for_a_day(bench) {
        let ana = bench.customer("ana").await;
        let mut form = ticket([file("stripes.png", PNG)]);
        let withdrawn = bench.desk.tickets().open(&ana, &mut form).await.unwrap().id;
        bench.desk.tickets().delete(&ana, withdrawn).await.unwrap();
        assert!(bench.files().is_empty());
        let trash = below(folder(&bench, &format!("trash/tickets/{withdrawn}")));
        assert_eq!(fs::read(&trash[0]).unwrap(), PNG);
        assert!(!folder(&bench, &format!("media/tickets/{withdrawn}")).exists());
        // One without a row.
        let left = folder(&bench, "media/tickets/1/left.png");
        fs::create_dir_all(left.parent().unwrap()).unwrap();
        fs::write(&left, PNG).unwrap();
        let age = |path: &PathBuf, hours: u64| {
            let at = std::time::SystemTime::now() - Duration::from_secs(hours * 3600);
            fs::File::options().append(true).open(path).unwrap().set_modified(at).unwrap();
        };
        age(&left, 48);
        age(&trash[0], 23);
        bench.desk.upkeep().await.unwrap();
        assert!(!left.exists());
        let swept = folder(&bench, "trash/tickets/1/left.png");
        assert!(swept.exists() && trash[0].exists(), "its day began when it was swept");
        bench.advance(2 * 3600);
        bench.desk.upkeep().await.unwrap();
        assert!(swept.exists() && !trash[0].exists());
        // Nobody reads what is in there.
        let admin = Actor::command_line();
        assert!(bench.desk.tickets().view(&admin, withdrawn, domain::Cursor::First).await.is_err());
    }
}
