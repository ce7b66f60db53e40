//! `edge`: the membership service in production, on a release that `build` has published.
//!
//! Opens the release and the store, then hands all to `edge::run`. [`Parts`] is what `serve` shares.

use crate::cli::args::{EdgeArgs, SiteArgs};
use crate::cli::fatal::Fatal;
use crate::cli::{COULD_NOT_RUN, print};
use crate::clock::Clock;
use crate::edge::accounts::service::handles;
use crate::edge::entropy::Entropy;
use crate::edge::mail::{Mailer, check_password};
use crate::edge::release::OpenRelease;
use crate::edge::run::{self, Sockets};
use crate::edge::settings::Settings;
use crate::edge::slices;
use crate::edge::state::{Edge, Parts};
use crate::edge::store::{Database, Mode, Store, StoreError};
use crate::edge::threads::{self, Threads, below};
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

/// Opens everything, serves until SIGTERM or ctrl-c, and ends with 0 when every accepted request was answered.
pub fn run(site: &SiteArgs, args: &EdgeArgs) -> ExitCode {
    let _logs = run::start_logs(args.json_logs);
    match serve(site, args) {
        Ok(code) => code,
        Err(error) if args.json_logs => {
            let Fatal { message, help, .. } = Fatal::of("edge", &*error);
            tracing::error!(error = message, help, "cannot start");
            ExitCode::from(COULD_NOT_RUN)
        }
        Err(error) => Fatal::of("edge", &*error).tell(false),
    }
}

fn serve(site: &SiteArgs, args: &EdgeArgs) -> Result<ExitCode, Box<dyn Error>> {
    let release_dir = site.root.join(&args.release);
    let release = OpenRelease::open_first(&release_dir)
        .map_err(|error| Fatal::new("release-refused", error.to_string(), error.help()))?;
    let settings = Settings {
        base_url: release.manifest().site.base_url.clone(),
        listen: args.listen,
        admin_listen: Some(args.admin_listen),
        trusted_proxies: args.trusted_proxies.clone(),
        release_dir,
        data_dir: site.root.join(".lyceum"),
        rate_limits: args.rate_limits != "off",
    };
    let faults = settings.check();
    if !faults.is_empty() {
        for fault in &faults {
            if args.json_logs {
                tracing::error!(error = %fault, "cannot start");
            } else {
                print::failure(&fault.to_string(), "");
            }
        }
        return Ok(ExitCode::from(COULD_NOT_RUN));
    }
    if let Some(mail) = &release.manifest().edge.mail {
        check_password(mail, &settings.data_dir)?;
    }
    let database = args.database.as_deref();
    let store = below(|| open_store(database, &settings.data_dir, Mode::Serving))?;
    let release = release.keyed(&store, slices::tables(), None)?;
    let mailer = Mailer::new(&settings.data_dir);
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
    let runtime = tokio::runtime::Runtime::new()?;
    let is_drained = runtime.block_on(async {
        let sockets = run::bind(args.listen, Some(args.admin_listen)).await?;
        let (address, opened) = (sockets.address()?, edge.release());
        tracing::info!(%address, release = %opened.dir().display(), "listening");
        if !site.quiet && !args.json_logs {
            print::result(&listens(&sockets)?);
        }
        let app = crate::edge::router(edge.clone());
        run::run(edge, app, sockets, run::stop_signal())
            .await
            .map_err(Box::<dyn Error>::from)
    });
    // A handler that hangs must not hold up the end of the process.
    runtime.shutdown_background();
    handlers.shutdown_background();
    Ok(if is_drained? {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// The line that says where the site is.
pub fn listens(sockets: &Sockets) -> std::io::Result<String> {
    Ok(format!("listening on http://{}/", sockets.address()?))
}

/// The database of `--database`, or the embedded one of the site.
pub fn open_store(
    database: Option<&str>,
    data_dir: &Path,
    mode: Mode,
) -> Result<Store, StoreError> {
    let store = Store::open(&named_database(database, data_dir)?, mode)?;
    handles::fill(&store, Clock::Wall.now())?;
    Ok(store)
}

/// Which database `--database` names.
pub fn named_database(database: Option<&str>, data_dir: &Path) -> Result<Database, StoreError> {
    match database {
        Some(text) => Database::parse(text),
        None => Ok(Database::File(data_dir.join("lyceum.db"))),
    }
}
