use migration::{Migrator, MigratorTrait};
use sea_orm::Database as Connection;

use crate::support::{Bench, on_both_databases};

fn url(bench: &Bench) -> String {
    bench
        .config
        .database_url
        .clone()
        .unwrap_or_else(|| format!("sqlite://{}/pindesk.db", bench.folder.path().display()))
}

on_both_databases! {
    async fn the_history_runs_down_and_up_again(bench) {
        let connection = Connection::connect(url(&bench)).await.unwrap();
        Migrator::down(&connection, None).await.unwrap();
        Migrator::up(&connection, None).await.unwrap();
        assert!(Migrator::get_pending_migrations(&connection).await.unwrap().is_empty());
        bench.customer("ana").await;
    }

    async fn processes_that_start_together_agree(bench) {
        let connection = Connection::connect(url(&bench)).await.unwrap();
        Migrator::down(&connection, None).await.unwrap();
        connection.close().await.unwrap();
        let (one, two) = tokio::join!(desk::Desk::open(bench.config.clone()), desk::Desk::open(bench.config.clone()));
        assert!(one.is_ok() && two.is_ok());
    }
}

#[tokio::test]
async fn a_data_folder_may_have_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("what? 100% ü #1");
    desk::Desk::open(desk::DeskConfig::new(&data)).await.unwrap().ready().await.unwrap();
    assert!(data.join("pindesk.db").is_file());
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["mysql://localhost/desk", "sqlite::memory:", "postgres://user:geheim@127.0.0.1:1/desk"] {
        let mut config = desk::DeskConfig::new(folder.path());
        config.database_url = Some(url.into());
        let message = desk::Desk::open(config).await.err().unwrap().to_string();
        assert!(!message.is_empty() && !message.contains("geheim"), "{message}");
    }
}

#[test]
fn a_secret_is_made_once_and_only_its_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        desk::Desk::open(desk::DeskConfig::new(folder.path())).await.unwrap();
        let path = folder.path().join("secret");
        let secret = std::fs::read_to_string(&path).unwrap();
        assert!(secret.len() >= 32);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        desk::Desk::open(desk::DeskConfig::new(folder.path())).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), secret);
    });
}
