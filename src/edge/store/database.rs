//! Which database, a file beside the site or a server by its address; and for what it is opened.

use crate::edge::store::StoreError;
use crate::edge::store::server::Server;
use ::tokio_postgres::config::Host;
use std::fmt;
use std::path::PathBuf;

/// Where the rows are kept.
#[derive(Clone)]
pub enum Database {
    /// An embedded database in this file.
    File(PathBuf),
    /// A server. Holds the password: `Debug` and `Display` leave it out.
    Server(Box<Server>),
}

/// What the store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Answering requests. A second server on the same file is refused.
    Serving,
    /// One verb of the command line, also while a server runs: writes wait their turn.
    Tool,
}

impl Database {
    /// Reads `postgres://user:password@host/name?options=…` or a file name.
    /// Fails when an address of a server cannot be understood, or is of another kind of server.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return match text.split_once("://") {
                Some((scheme, _)) => Err(StoreError::UnknownKind {
                    scheme: scheme.into(),
                }),
                None => Ok(Database::File(text.into())),
            };
        }
        Ok(Database::Server(Box::new(Server::parse(text)?)))
    }

    /// The same server, but with all tables in a schema of this name, made where it is missing.
    /// Tests give each case its own; a file stays as it is.
    pub fn in_schema(&self, name: &str) -> Result<Self, StoreError> {
        let Database::Server(server) = self else {
            return Ok(self.clone());
        };
        let mut tx = crate::edge::store::postgres::open(server)?;
        tx.batch(&format!(
            "CREATE SCHEMA IF NOT EXISTS \"{}\"",
            name.replace('"', "\"\"")
        ))?;
        let mut server = server.clone();
        server.config.options(format!("-csearch_path={name}"));
        Ok(Database::Server(server))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::File(path) => path.display().fmt(f),
            Database::Server(server) => {
                let config = &server.config;
                let host = match config.get_hosts().first() {
                    Some(Host::Tcp(name)) => name.clone(),
                    Some(Host::Unix(folder)) => folder.display().to_string(),
                    None => "localhost".into(),
                };
                write!(
                    f,
                    "postgres://{host}/{}",
                    config.get_dbname().unwrap_or_default()
                )
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
