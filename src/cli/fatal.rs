//! Why a verb could not do its work: what exit code 2 says, for people and for programs.

use crate::cli::args::SiteArgs;
use crate::cli::causes::{self, with_causes};
use crate::cli::{COULD_NOT_RUN, database, print};
use crate::config::ConfigError;
use crate::diag::Diagnostic;
use crate::edge::run::RunError;
use crate::edge::store::StoreError;
use crate::site::error::BuildError;
use serde::Serialize;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

/// One failure. As JSON it has the fields of a finding, with the severity `fatal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Fatal {
    severity: &'static str,
    /// A stable name of the kind of failure in kebab case, such as `cannot-read`.
    pub code: &'static str,
    /// The file or folder it is about; empty where there is none.
    pub path: String,
    /// From 1; 0 where no line is known.
    pub line: u32,
    /// From 1; 0 where no line is known.
    pub column: u32,
    /// What went wrong, with its causes.
    pub message: String,
    /// The line it is about; may be empty.
    pub excerpt: String,
    /// What can be done; may be empty.
    pub help: String,
}

impl Fatal {
    /// A failure that is about no file.
    pub fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Fatal {
            severity: "fatal",
            code,
            path: String::new(),
            line: 0,
            column: 0,
            message: message.into(),
            excerpt: String::new(),
            help: help.into(),
        }
    }

    /// An error with all its causes, outermost first. One that has a place or a code keeps them.
    pub fn of(code: &'static str, error: &(dyn Error + 'static)) -> Self {
        if let Some(error) = error.downcast_ref::<BuildError>() {
            return Fatal::from(error);
        }
        if let Some(RunError::Bind {
            address,
            is_admin,
            source,
        }) = error.downcast_ref()
        {
            return Fatal::of_address(code, (*address, *is_admin), source);
        }
        if let Some(error) = error.downcast_ref::<StoreError>() {
            return Fatal::new(code, with_causes(error), database::help(error));
        }
        match error.downcast_ref::<Fatal>() {
            Some(fatal) => fatal.clone(),
            None => Fatal::new(code, with_causes(error), causes::help(error)),
        }
    }

    /// A failure of the system while something was written, in the words of `message`.
    pub fn of_io(code: &'static str, message: String, error: io::Error) -> Self {
        let help = causes::help_for(error.kind());
        Fatal::new(code, format!("{message}: {}", with_causes(&error)), help)
    }

    /// An address that cannot be listened on; `verb` is `serve` or `edge`.
    fn of_address(
        verb: &'static str,
        (address, is_admin): (SocketAddr, bool),
        source: &io::Error,
    ) -> Self {
        let (ip, port) = (address.ip(), address.port());
        let next = port.checked_add(1).unwrap_or(8080);
        let (flag, other) = match (verb, is_admin) {
            ("serve", _) => ("--port", format!("--port {next}")),
            (_, true) => ("--admin-listen", format!("--admin-listen {ip}:{next}")),
            (_, false) => ("--listen", format!("--listen {ip}:{next}")),
        };
        let (message, help) = match source.kind() {
            io::ErrorKind::AddrInUse => (
                format!("port {port} of {ip} is in use by another program"),
                format!("stop that program, or choose another port, such as `{other}`"),
            ),
            io::ErrorKind::AddrNotAvailable => (
                format!("this machine has no address {ip}"),
                "listen on 127.0.0.1 for this machine alone, or on 0.0.0.0 for all of its addresses".into(),
            ),
            io::ErrorKind::PermissionDenied => (
                format!("this user may not listen on port {port}"),
                format!("choose a port from 1024 on with `{flag}`, and let a proxy have the other one"),
            ),
            _ => (format!("cannot listen on {address}: {source}"), String::new()),
        };
        Fatal::new("cannot-listen", message, help)
    }

    /// A folder that is no site, or has settings that cannot be read.
    pub fn of_settings(site: &SiteArgs, error: ConfigError) -> Self {
        match error {
            ConfigError::Read { path, source } => Fatal::from(&BuildError::of_settings(
                &site.root,
                &site.config,
                path,
                source,
            )),
            faults => Fatal::of("settings", &faults),
        }
    }

    /// Says why the settings cannot be used: each fault of theirs, or that there are none.
    pub fn tell_settings(site: &SiteArgs, error: ConfigError) -> ExitCode {
        let ConfigError::Faults(findings) = &error else {
            return Fatal::of_settings(site, error).tell(false);
        };
        print::folded(findings, false);
        let help = "`lyceum check` reports the faults of the whole site";
        Fatal::new("settings", "the settings have faults", help).tell(false)
    }

    /// Says it, on standard output as well where JSON was asked for.
    pub fn tell(&self, as_json: bool) -> ExitCode {
        if as_json {
            print::json_line(self);
        }
        if self.line > 0 || self.code == "template-fault" {
            print::findings(&[self.as_finding()]);
        } else {
            print::failure(&self.message, &self.help);
        }
        ExitCode::from(COULD_NOT_RUN)
    }

    /// Says why a build could not go on: first each place that could not be read, where it was that.
    pub fn tell_build(error: &BuildError, as_json: bool) -> ExitCode {
        let BuildError::Unreadable(unread) = error else {
            return Fatal::from(error).tell(as_json);
        };
        match as_json {
            true => unread.iter().for_each(print::json_line),
            false => print::findings(unread),
        }
        let message = "nothing was published, because not all of the site could be read";
        Fatal::new(error.code(), message, "").tell(as_json)
    }

    fn as_finding(&self) -> Diagnostic {
        Diagnostic {
            severity: crate::diag::Severity::Error,
            code: self.code,
            path: self.path.clone(),
            line: self.line,
            column: self.column,
            message: self.message.clone(),
            excerpt: self.excerpt.clone(),
            help: self.help.clone(),
            head: None,
        }
    }
}

impl From<&BuildError> for Fatal {
    fn from(error: &BuildError) -> Self {
        if let BuildError::Template(fault) = error {
            let fault = (**fault).clone();
            return Fatal {
                severity: "fatal",
                code: fault.code,
                path: fault.path,
                line: fault.line,
                column: fault.column,
                message: fault.message,
                excerpt: fault.excerpt,
                help: fault.help,
            };
        }
        Fatal {
            path: error.path().display().to_string(),
            help: match (error.help(), error) {
                (help, BuildError::Read { .. }) if help.is_empty() => {
                    causes::help_to_read(error).into()
                }
                (help, _) if help.is_empty() => causes::help(error).into(),
                (help, _) => help,
            },
            ..Fatal::new(error.code(), with_causes(error), "")
        }
    }
}
