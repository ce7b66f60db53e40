//! What the command line understands, by clap.

use crate::cli::member::MemberArgs;
use crate::clock::Timestamp;
use crate::edge::extract::network;
use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Lyceum: Markdown in git -> a themed static site with a membership edge
#[derive(Parser, Debug)]
#[command(name = "lyceum", version, disable_help_subcommand = true)]
pub struct Cli {
    /// Where the site is and how much is said.
    #[command(flatten)]
    pub site: SiteArgs,
    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Flags that go before or after every verb.
#[derive(Args, Clone, Debug)]
pub struct SiteArgs {
    /// Folder of the site
    #[arg(short, long, global = true, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Settings file, relative to the root
    #[arg(
        short,
        long,
        global = true,
        default_value = "site.toml",
        value_name = "FILE"
    )]
    pub config: PathBuf,
    /// Say nothing but findings and failures
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Make a site that builds; never overwrites
    Init(InitArgs),
    /// Make a page with front matter from archetypes/
    New(NewArgs),
    /// Content -> a release in dist/
    Build(BuildArgs),
    /// All that build would report, as errors; writes nothing
    Check(CheckArgs),
    /// List the releases of a folder, the last built first
    Releases(ReleasesArgs),
    /// Give readers an earlier release again
    Rollback(RollbackArgs),
    /// The author's server: watch, rebuild, live reload, and the edge, in one process
    #[command(visible_aliases = ["server", "dev"])]
    Serve(ServeArgs),
    /// The edge in production: opens a release, and the next one when it is published
    Edge(EdgeArgs),
    /// The owner's verbs over members: add, list, grant, revoke, role, suspend, erase, export
    Member(MemberArgs),
    /// Copy the database into one checked file, also while the edge runs
    Backup(BackupArgs),
    /// Put a copy that backup has made in the place of the database, or into an empty one on a server; the edge must not run
    Restore(RestoreArgs),
}

/// `releases`
#[derive(Args, Debug)]
pub struct ReleasesArgs {
    /// Folder of releases
    #[arg(short, long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
    /// One JSON object a release
    #[arg(long)]
    pub json: bool,
}

/// `rollback`
#[derive(Args, Debug)]
pub struct RollbackArgs {
    /// Id of a release, or its beginning [default: the one that was built before the current one]
    pub id: Option<String>,
    /// Folder of releases
    #[arg(short, long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
}

/// `backup`
#[derive(Args, Debug)]
pub struct BackupArgs {
    /// File to write; readable by its owner alone
    pub file: PathBuf,
    /// Replace FILE if it exists
    #[arg(long)]
    pub force: bool,
    /// postgres://… or a file for SQLite [default: .lyceum/lyceum.db]
    #[arg(long, value_name = "URL", env = "LYCEUM_DATABASE")]
    pub database: Option<String>,
}

/// `restore`
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// A file that backup has made; checked before anything is replaced
    pub file: PathBuf,
    /// postgres://… or a file for SQLite [default: .lyceum/lyceum.db]
    #[arg(long, value_name = "URL", env = "LYCEUM_DATABASE")]
    pub database: Option<String>,
}

/// `init`
#[derive(Args, Debug)]
pub struct InitArgs {
    /// Folder to make the site in [default: the root]
    pub dir: Option<PathBuf>,
    /// Language of the site and its first pages, such as zh-CN [default: that of its settings, or en]
    #[arg(short, long, value_name = "TAG")]
    pub language: Option<String>,
}

/// `new`
#[derive(Args, Debug)]
pub struct NewArgs {
    /// Path below content/, such as guides/start.md
    pub path: String,
}

/// Which pages are built, for `build`, `check` and `serve`.
#[derive(Args, Clone, Debug)]
pub struct SelectArgs {
    /// Build drafts too
    #[arg(short = 'D', long)]
    pub drafts: bool,
    /// Build pages whose time has not come
    #[arg(short = 'F', long)]
    pub future: bool,
    /// Build pages whose time is over
    #[arg(short = 'E', long)]
    pub expired: bool,
    /// Moment that decides what is due: RFC 3339, or seconds since 1970 [default: the machine's clock]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub now: Option<Timestamp>,
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse_argument(text).ok_or("no moment such as 2026-01-31T08:00:00Z or 1769846400")
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let words = "give an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";
    text.parse().map_err(|_| words)
}

fn ip(text: &str) -> Result<IpAddr, &'static str> {
    let words = "give an IP address, such as 127.0.0.1, or 0.0.0.0 for all of this machine";
    text.parse().map_err(|_| words)
}

/// More do not make a build faster, and each takes memory.
const MAX_THREADS: usize = 256;

fn threads(text: &str) -> Result<usize, &'static str> {
    let n_threads = text.parse().ok();
    n_threads
        .filter(|it| (1..=MAX_THREADS).contains(it))
        .ok_or("give a whole number from 1 to 256, such as 4")
}

/// `build`
#[derive(Args, Debug)]
pub struct BuildArgs {
    /// Which pages.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Address of the site, instead of the one in site.toml
    #[arg(short = 'u', long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Folder of releases
    #[arg(short, long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
    /// Threads [default: all cores]
    #[arg(short, long, value_name = "N", value_parser = threads)]
    pub jobs: Option<usize>,
    /// Use nothing kept from earlier builds
    #[arg(long)]
    pub fresh: bool,
    /// Warnings are errors, and nothing is published unless there are none
    #[arg(long)]
    pub strict: bool,
    /// Publish a page that has an error now as it was before, as far as its head still asks for that
    #[arg(long, conflicts_with = "fresh")]
    pub keep_last: bool,
    /// Publish also if less than half the pages of the last release are left
    #[arg(long)]
    pub shrink: bool,
    /// Build again at every change, and whenever a page becomes due
    #[arg(long, conflicts_with_all = ["fresh", "now", "why"])]
    pub watch: bool,
    /// Write to FILE what to upload and what to purge, as JSON
    #[arg(long, value_name = "FILE")]
    pub changes: Option<PathBuf>,
    /// Show each finding, also those that have one cause
    #[arg(long)]
    pub all: bool,
    /// One JSON object a finding, then one for the result, on standard output
    #[arg(long)]
    pub json: bool,
    /// Print what each stage took, and why files were rendered again
    #[arg(long)]
    pub timings: bool,
    /// Print why one file was rendered again, or was not, and what it is made of: a file of public/, an address, or a
    /// source
    #[arg(long, value_name = "PATH")]
    pub why: Option<String>,
}

/// `check`
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Which pages.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Show each finding, also those that have one cause
    #[arg(long)]
    pub all: bool,
    /// One JSON object a finding, then one for the result, on standard output
    #[arg(long)]
    pub json: bool,
}

/// `serve`
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Port
    #[arg(short, long, default_value_t = 1111)]
    pub port: u16,
    /// Address to listen on
    #[arg(short, long, default_value = "127.0.0.1", value_name = "IP", value_parser = ip)]
    pub interface: IpAddr,
    /// Open the site in a browser
    #[arg(short = 'O', long)]
    pub open: bool,
    /// Show each finding of every build, also those that have one cause
    #[arg(long)]
    pub all: bool,
    /// Show pages whose time is over; drafts and scheduled ones are always shown, with a badge
    #[arg(short = 'E', long)]
    pub expired: bool,
}

/// `edge`
#[derive(Args, Debug)]
pub struct EdgeArgs {
    /// Folder of releases, as build's --out
    #[arg(
        long,
        value_name = "DIR",
        default_value = "dist",
        env = "LYCEUM_RELEASE"
    )]
    pub release: PathBuf,
    /// Address and port to listen on
    #[arg(
        long,
        value_name = "IP:PORT",
        default_value = "127.0.0.1:8080",
        value_parser = address,
        env = "LYCEUM_LISTEN"
    )]
    pub listen: SocketAddr,
    /// postgres://… or a file for SQLite [default: .lyceum/lyceum.db]
    #[arg(long, value_name = "URL", env = "LYCEUM_DATABASE")]
    pub database: Option<String>,
    /// Address and port of /metrics
    #[arg(
        long,
        value_name = "IP:PORT",
        default_value = "127.0.0.1:9090",
        value_parser = address,
        env = "LYCEUM_ADMIN_LISTEN"
    )]
    pub admin_listen: SocketAddr,
    /// Proxies whose forwarded addresses are believed, comma-separated
    #[arg(
        long,
        value_name = "NETS",
        value_delimiter = ',',
        value_parser = network,
        env = "LYCEUM_TRUSTED_PROXIES"
    )]
    pub trusted_proxies: Vec<IpNet>,
    /// Log one JSON object a line
    #[arg(long)]
    pub json_logs: bool,
    /// `off` lifts the limits on how often a client may do what; for measuring alone.
    #[arg(long, hide = true, default_value = "on", env = "LYCEUM_RATE_LIMITS")]
    pub rate_limits: String,
}
