//! What an owner can do about a failure of the database.

use crate::cli::causes;
use crate::edge::store::StoreError;
use std::io;

/// In one sentence; empty where the message says all.
pub fn help(error: &StoreError) -> &'static str {
    match error {
        StoreError::At { source, .. } => help(source),
        StoreError::Missing { .. } => {
            "name the database of the edge with `--database` or LYCEUM_DATABASE, or the folder of the site with `--root`; `lyceum member add` makes a new one"
        }
        StoreError::InUse { .. } => {
            "stop the `lyceum serve`, `lyceum edge` or other program that has it open"
        }
        StoreError::Foreign => {
            "it is another program's, or empty: name the database of the edge with `--database` or LYCEUM_DATABASE"
        }
        StoreError::UnknownKind { .. } => "give `postgres://user@host/name`, or a file for SQLite",
        StoreError::NoFile { .. } => "name a file",
        StoreError::NotReplaced { .. } => {
            "correct `--database`; if it is a damaged database, move it to another name and restore again"
        }
        StoreError::NotEmpty => "make an empty database on the server, and name that one",
        StoreError::Damaged(_) => "put a backup in its place with `lyceum restore FILE`",
        StoreError::LogAlone { .. } => {
            "put the database back beside its log, or move the log to another folder and restore a backup"
        }
        StoreError::Unavailable(_) => {
            "start the server, or correct the address in `--database` or LYCEUM_DATABASE"
        }
        StoreError::Open { target, .. } if target == "server" => {
            "give `postgres://user:password@host:5432/name`, with `@` and `/` in a password as %40 and %2F"
        }
        StoreError::Open { .. } => {
            "it must be an SQLite database, and this user must be able to read and write it and its folder"
        }
        StoreError::Refused { .. } => {
            "this user of the database needs all rights on the tables of lyceum"
        }
        StoreError::Busy => "another program is writing to it: try again",
        StoreError::Full => "make room on its disk",
        StoreError::Copy { source, .. } => {
            let system = source.downcast_ref::<io::Error>();
            system.map_or("", |it| causes::help_for(it.kind()))
        }
        _ => "",
    }
}

/// The same for a copy that was to be restored.
pub fn help_for_copy(error: &StoreError) -> &'static str {
    match error {
        StoreError::At { source, .. } => help_for_copy(source),
        StoreError::Missing { .. } | StoreError::Foreign | StoreError::NoFile { .. } => {
            "name a file that `lyceum backup FILE` has made"
        }
        StoreError::Damaged(_) | StoreError::OtherSchema { .. } => "restore an earlier copy",
        StoreError::Open { .. } => "this user must be able to read it",
        _ => help(error),
    }
}
