//! TLS to the tests' own server, whose certificate is for `localhost` and of the authority that
//! `LYCEUM_TEST_POSTGRES_ROOT` names. Servers without TLS, and one that breaks a handshake, are played by a proxy.

use crate::edge::store::server::{Mode, Server, split_own};
use crate::edge::store::{StoreError, postgres};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// An authority that has signed nothing here.
const OTHER_ROOT: &str = include_str!("other_root.pem");

#[test]
fn addresses_say_how_much_of_tls_is_asked_for() {
    for (address, rest, mode, root) in [
        ("postgres://h/n", "postgres://h/n", None, None),
        (
            "postgres://h/n?sslmode=require",
            "postgres://h/n",
            Some("require"),
            None,
        ),
        (
            "postgres://u:a?b@h/n?connect_timeout=5&sslmode=verify%2Dfull&sslrootcert=/etc/a%20b.pem&x",
            "postgres://u:a?b@h/n?connect_timeout=5&x",
            Some("verify-full"),
            Some("/etc/a b.pem"),
        ),
    ] {
        let (kept, own) = split_own(address);
        assert_eq!(kept, rest);
        assert_eq!((own.mode.as_deref(), own.root.as_deref()), (mode, root));
    }
    let root = root_file(OTHER_ROOT);
    let named = format!("&sslrootcert={}", root.path().display());
    for (address, mode) in [
        ("postgres://h/n", Mode::Prefer),
        ("postgres://h/n?sslmode=disable", Mode::Disable),
        ("postgres://h/n?sslmode=require", Mode::Require),
        (
            &format!("postgres://h/n?sslmode=require{named}"),
            Mode::VerifyCa,
        ),
        (
            &format!("postgres://h/n?sslmode=verify-full{named}"),
            Mode::VerifyFull,
        ),
        (
            "postgres:///n?host=/run/postgresql&sslmode=require",
            Mode::Disable,
        ),
    ] {
        assert_eq!(Server::parse(address).unwrap().mode, mode, "{address}");
    }
    for address in [
        "postgres://u:secret@h/n?sslmode=verify_full",
        "postgres://u:secret@h/n?sslmode=allow",
        "postgres://u:secret@h/n?sslmode=",
        "postgres://u:secret@h/n?sslmode=verify-full&sslrootcert=/nowhere.pem",
        "postgres://u:secret@h/n?sslmode=verify-ca&sslrootcert=Cargo.toml",
    ] {
        let told = Server::parse(address).err().map(|it| chain(&it));
        let told = told.unwrap_or_else(|| panic!("{address} is taken"));
        assert!(!told.contains("secret"), "{told}");
    }
}

/// The rows of libpq's own table of modes.
#[test]
fn servers_are_trusted_as_far_as_their_mode_says() {
    let Some(tests) = Tests::from_env() else {
        return;
    };
    let other = root_file(OTHER_ROOT);
    let (root, other) = (tests.root.clone(), other.path().display().to_string());
    for (host, parameters, is_secure) in [
        ("localhost", "sslmode=disable".to_owned(), Some(false)),
        ("localhost", String::new(), Some(true)),
        ("localhost", "sslmode=prefer".into(), Some(true)),
        ("wrong.example", "sslmode=prefer".into(), Some(true)),
        ("localhost", "sslmode=require".into(), Some(true)),
        ("wrong.example", "sslmode=require".into(), Some(true)),
        (
            "localhost",
            format!("sslmode=require&sslrootcert={other}"),
            None,
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={root}"),
            Some(true),
        ),
        (
            "wrong.example",
            format!("sslmode=verify-ca&sslrootcert={root}"),
            Some(true),
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={other}"),
            None,
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={root}"),
            Some(true),
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={root}"),
            Some(true),
        ),
        (
            "wrong.example",
            format!("sslmode=verify-full&sslrootcert={root}"),
            None,
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={other}"),
            None,
        ),
        // The authority of the tests is none of the system's.
        ("localhost", "sslmode=verify-full".into(), None),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=system".into(),
            None,
        ),
    ] {
        let found = tests.is_secure(host, tests.port, &parameters);
        assert_eq!(found.ok(), is_secure, "{host} {parameters}");
    }
}

/// `prefer` takes a server without TLS; the modes above it do not.
#[test]
fn servers_without_tls_are_for_those_who_do_not_ask_for_it() {
    let Some(tests) = Tests::from_env() else {
        return;
    };
    let root = &tests.root;
    for answer in [b"N", b"S"] {
        let port = proxy(tests.port, *answer);
        for (parameters, is_secure) in [
            ("sslmode=disable".to_owned(), Some(false)),
            ("sslmode=prefer".into(), Some(false)),
            ("sslmode=require".into(), None),
            (format!("sslmode=verify-full&sslrootcert={root}"), None),
        ] {
            let found = tests.is_secure("localhost", port, &parameters);
            assert_eq!(found.ok(), is_secure, "{answer:?} {parameters}");
        }
    }
}

/// The tests' own server.
struct Tests {
    port: u16,
    user: String,
    name: String,
    root: String,
}

impl Tests {
    /// `None` where there is no server, or none with a certificate.
    fn from_env() -> Option<Self> {
        let url = std::env::var("LYCEUM_TEST_POSTGRES").ok()?;
        let root = std::env::var("LYCEUM_TEST_POSTGRES_ROOT").ok()?;
        let server = Server::parse(&url).unwrap();
        Some(Tests {
            port: server.config.get_ports()[0],
            user: server.config.get_user().unwrap().into(),
            name: server.config.get_dbname().unwrap().into(),
            root,
        })
    }

    /// Connects to this machine under a host's name; whether the connection is encrypted.
    fn is_secure(&self, host: &str, port: u16, parameters: &str) -> Result<bool, StoreError> {
        let (user, name) = (&self.user, &self.name);
        let address =
            format!("postgres://{user}@{host}:{port}/{name}?hostaddr=127.0.0.1&{parameters}");
        let address = address.trim_end_matches('&');
        let mut tx = postgres::open(&Server::parse(address)?)?;
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        Ok(tx.query_one(sql, &[], |row| row.get(0))?.unwrap())
    }
}

fn root_file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn chain(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(chain).unwrap_or_default();
    format!("{error} {cause}")
}

/// Answers requests for TLS with one byte and hangs up after `S`; everything else goes to the server and back.
fn proxy(server: u16, answer: [u8; 1]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            thread::spawn(move || relay(client, server, answer));
        }
    });
    port
}

fn relay(mut client: TcpStream, server: u16, answer: [u8; 1]) -> std::io::Result<()> {
    let mut head = [0; 8];
    client.read_exact(&mut head)?;
    let mut server = TcpStream::connect(("127.0.0.1", server))?;
    // The length and the code of a request for TLS.
    if head == [0, 0, 0, 8, 4, 210, 22, 47] {
        client.write_all(&answer)?;
        if answer == *b"S" {
            return Ok(());
        }
    } else {
        server.write_all(&head)?;
    }
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(std::net::Shutdown::Both)
}
