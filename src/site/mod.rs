//! The site wing: content on disk in, a release on disk out.
//!
//! `source -> parse -> model -> plan -> render -> publish`; each stage hands on a complete value. Entry points:
//! [`build`], [`check`], and [`rebuild`] for a process that builds again and again.

pub mod error;
pub mod model;
pub mod parse;
pub mod plan;
pub mod publish;
pub mod render;
mod report;
mod session;
pub mod source;
#[cfg(test)]
mod tests;
pub mod watch;

pub use crate::site::report::{BuildOptions, BuildOutcome, Report};
pub use crate::site::session::Session;

use crate::config::{self, ConfigError, SiteConfig};
use crate::diag::Diagnostic;
use crate::site::error::BuildError;
use crate::site::model::Site;
use crate::site::parse::ParseSettings;
use crate::site::plan::FileHashes;
use crate::site::publish::{Material, OutputFolder, Published};
use crate::site::render::Renderer;
use crate::site::report::Stages;
use rayon::prelude::*;

/// Content on disk in, `public/` and `vault/` on disk out. Pages with an error in them are left out; settings with
/// one make no release at all.
pub fn build(options: &BuildOptions) -> Result<BuildOutcome, BuildError> {
    rebuild(options, &mut Session::default())
}

/// [`build`] for the next time in the same process: `session` remembers what need not be parsed again.
pub fn rebuild(options: &BuildOptions, session: &mut Session) -> Result<BuildOutcome, BuildError> {
    on_threads(options, || run(options, session, publish))
}

/// All that [`build`] would report. Templates are rendered, nothing is written.
pub fn check(options: &BuildOptions) -> Result<BuildOutcome, BuildError> {
    let render_only = |_: &BuildOptions, material: &Material, renderer: &Renderer| {
        let outputs = material.outputs.par_iter();
        outputs.try_for_each(|output| renderer.render(output).map(drop))?;
        Ok(None)
    };
    on_threads(options, || {
        run(options, &mut Session::default(), render_only)
    })
}

/// Each line is one room of the house.
fn run(
    options: &BuildOptions,
    session: &mut Session,
    finish: impl Fn(&BuildOptions, &Material, &Renderer) -> Result<Option<Published>, BuildError>,
) -> Result<BuildOutcome, BuildError> {
    let mut stages = Stages::start();
    let (config, mut findings) = match settings(options)? {
        Ok(loaded) => loaded,
        Err(faults) => return Ok(BuildOutcome::of_faults(faults, options, stages)),
    };
    let (tree, theme, found) = source::load(&options.root, &config)?;
    findings.extend(found);
    stages.end("source");
    let (documents, found) = session.parse(&tree.files, &ParseSettings::from_config(&config));
    findings.extend(found);
    stages.end("parse");
    let (site, found) = Site::assemble(&documents, &tree, &config, &options.assemble());
    findings.extend(found);
    stages.end("model");
    let files = FileHashes::read(&site)?;
    let (outputs, found) = plan::outputs(&site, &config, &theme, &files);
    findings.extend(found);
    stages.end("plan");
    let renderer = Renderer::new(&site, &config, &theme, &files)?;
    stages.end("views");
    let material = Material {
        site: &site,
        config: &config,
        outputs: &outputs,
        files: &files,
    };
    let published = finish(options, &material, &renderer)?;
    stages.end("render");
    Ok(BuildOutcome::new(
        findings, &site, published, options, stages,
    ))
}

fn publish(
    options: &BuildOptions,
    material: &Material,
    renderer: &Renderer,
) -> Result<Option<Published>, BuildError> {
    let key = options.vault_key()?;
    let folder = OutputFolder::open(&options.output_folder()?)?;
    publish::all(&folder, &key, material, |output| renderer.render(output)).map(Some)
}

type Loaded = Result<(SiteConfig, Vec<Diagnostic>), Vec<Diagnostic>>;

fn settings(options: &BuildOptions) -> Result<Loaded, BuildError> {
    match config::load(&options.root, &options.config) {
        Ok((mut config, findings)) => {
            if let Some(base_url) = &options.base_url {
                config.base_url = base_url.clone();
            }
            Ok(Ok((config, findings)))
        }
        Err(ConfigError::Faults(findings)) => Ok(Err(findings)),
        Err(ConfigError::Read { path, source }) => Err(BuildError::Read { path, source }),
    }
}

/// As many threads as asked for; otherwise one a core.
fn on_threads<T: Send>(
    options: &BuildOptions,
    work: impl FnOnce() -> Result<T, BuildError> + Send,
) -> Result<T, BuildError> {
    match options.jobs {
        None => work(),
        Some(n_threads) => rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .map_err(BuildError::Threads)?
            .install(work),
    }
}
