//! A PostgreSQL server that speaks over TLS only, with a certificate of its own.

use std::path::Path;

use vultus_e2e::{DataDir, Kairos, Server, new_certificate, portrait};
use vultus_store_tests::postgres::PostgresServer;

/// Connections by the database's own account of them: over TLS or not, but for the one that asks.
const CONNECTIONS: &str = "SELECT ssl, count(*) > 0 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
     WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY ssl";

/// A data directory whose database is trusted by the certificate in a file.
fn trusting(url: &str, root: &Path) -> DataDir {
    let mut data = DataDir::default();
    let url = url.replace("127.0.0.1", "localhost");
    let url = format!("{url}?sslmode=verify-full&sslrootcert={}", root.join("certificate.pem").display());
    data.set("VULTUS_DATABASE_URL", &url);
    data
}

#[tokio::test(flavor = "multi_thread")]
async fn database_is_spoken_to_over_tls_only_where_its_certificate_is_trusted() {
    let own = new_certificate();
    let database =
        PostgresServer::start_tls(&own.path().join("certificate.pem"), &own.path().join("key.pem"));
    let url = database.new_database();
    let (_, name) = url.rsplit_once('/').unwrap();

    let data = trusting(&url, own.path());
    let account = data.kairos_account("demo");
    let server = Server::start(&data, &[]).await;
    let kairos = Kairos::new(&server, &account);
    kairos.enrol(&portrait(&data, 1), "somebody", "gallery").await;
    assert_eq!(database.run(name, CONNECTIONS), "t|t", "every connection is encrypted");

    let other = new_certificate();
    let data = trusting(&url, other.path());
    let output = data.command(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains("certificate"), "{errors}");
    assert!(server.stop());
}
