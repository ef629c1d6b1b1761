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
        if bench.database == crate::support::Database::Postgres {
            let (one, two) = tokio::join!(desk::Desk::open(bench.config.clone()), desk::Desk::open(bench.config.clone()));
            assert!(one.is_ok() && two.is_ok());
        } else {
            assert!(desk::Desk::open(bench.config.clone()).await.is_ok());
        }
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
