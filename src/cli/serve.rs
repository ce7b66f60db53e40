//! `serve`: the author's server. Builds, answers with the edge on an embedded database, watches, builds again.
//!
//! It listens first, so that the address is known, then builds into `.lyceum/preview` and opens the edge around that.
//! At every change it builds what the change touched, opens that, and tells the open pages. Drafts and scheduled pages
//! are shown with a badge.

use crate::cli::args::{SelectArgs, ServeArgs, SiteArgs};
use crate::cli::causes::with_causes;
use crate::cli::fatal::Fatal;
use crate::cli::{build, edge, print};
use crate::clock::Clock;
use crate::config::BaseUrl;
use crate::diag::Diagnostic;
use crate::diag::fold::{mended, news};
use crate::edge::entropy::Entropy;
use crate::edge::mail::Mailer;
use crate::edge::preview::{self, Preview, Shown};
use crate::edge::release::{OpenRelease, ReleaseError};
use crate::edge::run;
use crate::edge::settings::Settings;
use crate::edge::slices;
use crate::edge::state::{Edge, Parts};
use crate::edge::store::Mode;
use crate::edge::threads::{self, Threads, below};
use crate::site::error::BuildError;
use crate::site::publish::{Published, Purpose};
use crate::site::watch::Watcher;
use crate::site::{self, BuildOptions, BuildOutcome, BuildState};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Serves until ctrl-c.
pub fn run(site: &SiteArgs, args: &ServeArgs) -> ExitCode {
    let _logs = site.verbose.then(|| run::start_logs(false));
    match serve(site, args) {
        Ok(code) => code,
        Err(error) => Fatal::of("serve", &*error).tell(false),
    }
}

fn serve(site: &SiteArgs, args: &ServeArgs) -> Result<ExitCode, Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let sockets = runtime.block_on(run::bind(SocketAddr::new(args.interface, args.port), None))?;
    let listen = sockets.address()?;
    let base_url = base_url(listen).ok_or("the address makes no base URL")?;
    let mut author = Author::new(site, args, base_url.clone()).map_err(|it| *it)?;
    let settings = Settings {
        base_url: base_url.clone(),
        listen,
        admin_listen: None,
        trusted_proxies: Vec::new(),
        release_dir: site.root.join(&author.options.out),
        data_dir: site.root.join(".lyceum"),
        rate_limits: true,
    };
    if let Some(fault) = settings.check().into_iter().next() {
        return Err(fault.into());
    }
    // The database has one server. Where there is another, this one ends here, before it writes a preview. A folder
    // without settings is no site and gets no database: the build reports that.
    let is_site = site.root.join(&site.config).is_file();
    let open_store = || below(|| edge::open_store(None, &settings.data_dir, Mode::Serving));
    let store = is_site.then(open_store).transpose()?;
    // What is saved while the first build runs is a change too. A fault of the folder is better told by the build.
    let watcher = Watcher::start(&site.root, &site.config);
    let outcome = match author.build(&[]) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(Fatal::tell_build(&error, false)),
    };
    author.tell(&outcome);
    let Some(published) = outcome.published else {
        return Ok(print::verdict(outcome.report.n_errors));
    };
    let release = open_release(published, &settings.release_dir, None)?;
    let store = store.map_or_else(open_store, Ok)?;
    let release = release.keyed(&store, slices::tables(), None)?;
    let mailer = Mailer::new(&settings.data_dir).on_outbox(|message| {
        if let Some(link) = &message.link {
            print::note(&format!(
                "mail to {}: {}\n  {link}",
                message.to.as_str(),
                message.subject
            ));
        }
    });
    let handlers = threads::start()?;
    let edge = Edge::new(Parts {
        store,
        tables: slices::tables(),
        release,
        clock: Clock::Wall,
        entropy: Entropy::System,
        settings,
        limits: slices::limits(),
        mailer,
        threads: Threads::of(&handlers),
    });
    let preview = Preview::new();
    preview.show(shown(&edge, outcome.diagnostics, String::new()));
    let app = preview::http::router(edge.clone(), preview.clone());
    let watcher = watcher?;
    let watched = edge.clone();
    // Ends with the process: between two changes there is nothing it could leave half done.
    std::thread::spawn(move || author.follow(watcher, &watched, &preview));
    if !site.quiet {
        print::result(&edge::listens(&sockets)?);
    }
    if args.open {
        open_browser(base_url.as_str());
    }
    let ended = runtime.block_on(run::run(edge, app, sockets, run::stop_signal()));
    // A handler that hangs must not hold up the end of the process.
    runtime.shutdown_background();
    handlers.shutdown_background();
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// Loopback whatever is listened on: session cookies travel plainly on this machine alone.
fn base_url(listen: SocketAddr) -> Option<BaseUrl> {
    let ip = if listen.ip().is_loopback() {
        listen.ip()
    } else {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    };
    BaseUrl::parse(&format!("http://{}/", SocketAddr::new(ip, listen.port())))
}

/// Who builds again and again, and says what came of it.
struct Author {
    options: BuildOptions,
    state: BuildState,
    quiet: bool,
    verbose: bool,
    /// Each build tells all of its findings.
    tells_all: bool,
    /// What the last build found; `None` before the first.
    told: Option<Vec<Diagnostic>>,
}

impl Author {
    fn new(site: &SiteArgs, args: &ServeArgs, base_url: BaseUrl) -> Result<Self, Box<Fatal>> {
        let select = SelectArgs {
            drafts: true,
            future: true,
            expired: args.expired,
            now: None,
        };
        let mut options = build::options(site, &select)?;
        options.out = ".lyceum/preview".into();
        options.purpose = Purpose::Preview;
        options.base_url = Some(base_url);
        Ok(Author {
            options,
            state: BuildState::keeping_good(),
            quiet: site.quiet,
            verbose: site.verbose,
            tells_all: args.all,
            told: None,
        })
    }

    /// `changed` are the files that may be other than they were; none means any.
    fn build(&mut self, changed: &[PathBuf]) -> Result<BuildOutcome, BuildError> {
        self.options.now = Clock::Wall.now();
        site::rebuild_after(&self.options, &mut self.state, changed)
    }

    /// At the first build all findings, later those that are new and those that are mended.
    fn tell(&mut self, outcome: &BuildOutcome) {
        let findings = &outcome.diagnostics;
        match self
            .told
            .replace(findings.clone())
            .filter(|_| !self.tells_all)
        {
            None => print::folded(findings, self.tells_all),
            Some(before) => {
                print::folded(&news(&before, findings), false);
                print::mended(&mended(&before, findings));
            }
        }
        let report = &outcome.report;
        if !self.quiet {
            print::note(&format!(
                "{}, {} written, {}, {}, {} ms",
                print::counted(report.n_pages, "page"),
                print::counted(report.n_written, "file"),
                print::counted(report.n_errors, "error"),
                print::counted(report.n_warnings, "warning"),
                report.millis
            ));
        }
        if self.verbose {
            let stages = report.stages.iter();
            let stages: Vec<String> = stages
                .map(|(name, millis)| format!("{name} {millis:.1}"))
                .collect();
            print::note(&format!("  {} ms", stages.join(", ")));
        }
    }

    /// Builds at every change until there is nothing left to watch.
    fn follow(mut self, mut watcher: Watcher, edge: &Edge, preview: &Preview) {
        self.state.save_cache();
        // Without it the first change is slow, and no more.
        let _ = site::make_ready(&self.options, &mut self.state);
        while let Some(changed) = watcher.next_change() {
            let (findings, failure) = match self.build(&changed) {
                Ok(outcome) => {
                    self.tell(&outcome);
                    (outcome.diagnostics.clone(), open(edge, outcome))
                }
                Err(error) => {
                    Fatal::tell_build(&error, false);
                    (Vec::new(), with_causes(&error))
                }
            };
            preview.show(shown(edge, findings, failure));
            // The author has the page; what follows is for the next time that this is started.
            self.state.save_cache();
        }
    }
}

/// Opens what was built; in words why not, where it cannot be.
fn open(edge: &Edge, outcome: BuildOutcome) -> String {
    let Some(published) = outcome.published else {
        let Some(held_back) = outcome.held_back else {
            return "The settings have faults.".into();
        };
        let help = "if this is meant, start `lyceum serve` again";
        print::failure(&held_back.to_string(), help);
        return format!("{held_back}; {help}");
    };
    let release = open_release(published, &edge.settings.release_dir, Some(&edge.release()));
    let opened = release.and_then(|it| edge.open_release(it).map_err(ReleaseError::Store));
    match opened {
        Ok(()) => String::new(),
        Err(error) => {
            Fatal::of("release", &error).tell(false);
            with_causes(&error)
        }
    }
}

/// What a build has published, without reading again what it still has at hand.
fn open_release(
    published: Published,
    folder: &Path,
    last: Option<&OpenRelease>,
) -> Result<OpenRelease, ReleaseError> {
    match published.manifest {
        Some(manifest) => OpenRelease::built(published.folder, published.id, manifest, last),
        None => OpenRelease::open(folder, last),
    }
}

fn shown(edge: &Edge, findings: Vec<Diagnostic>, failure: String) -> Shown {
    let release = edge.release();
    let id = release.dir().file_name().unwrap_or_default();
    Shown {
        release: id.to_string_lossy().into_owned(),
        findings,
        failure,
    }
}

fn open_browser(address: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opened = Command::new(program)
        .arg(address)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if opened.is_err() {
        print::failure(
            &format!("cannot start {program}"),
            &format!("open {address} yourself"),
        );
    }
}
