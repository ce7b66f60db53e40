//! The site wing: content on disk in, a release on disk out.
//!
//! `source -> parse -> model -> plan -> render -> publish`; each stage hands on a complete value. Entry points:
//! [`build`], [`check`], and [`rebuild`] for a process that builds again and again.

pub mod cache;
pub mod error;
mod inputs;
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
use crate::site::inputs::Inputs;
use crate::site::model::Site;
use crate::site::parse::ParseSettings;
use crate::site::plan::FileHashes;
use crate::site::publish::{Material, OutputFolder};
use crate::site::render::Renderer;
use crate::site::report::Stages;
use rayon::prelude::*;

/// Content on disk in, `public/` and `vault/` on disk out, from where the last build ended. Pages with an error in them
/// are left out; settings with one make no release at all.
pub fn build(options: &BuildOptions) -> Result<BuildOutcome, BuildError> {
    let mut session = match options.fresh {
        true => Session::fresh(),
        false => Session::on_disk(),
    };
    rebuild(options, &mut session)
}

/// [`build`] for the next time in the same process: `session` remembers what need not be done again.
pub fn rebuild(options: &BuildOptions, session: &mut Session) -> Result<BuildOutcome, BuildError> {
    on_threads(options, || run(options, session))
}

/// All that [`build`] would report. Templates are rendered, nothing is written.
pub fn check(options: &BuildOptions) -> Result<BuildOutcome, BuildError> {
    on_threads(options, || {
        render_each(options, |output, renderer| {
            renderer.render(output).map(drop)
        })
    })
}

/// Each line is one room of the house.
fn run(options: &BuildOptions, session: &mut Session) -> Result<BuildOutcome, BuildError> {
    let mut stages = Stages::start();
    let (config, mut findings) = match settings(options)? {
        Ok(loaded) => loaded,
        Err(faults) => return Ok(BuildOutcome::of_faults(faults, options, stages)),
    };
    let key = options.vault_key()?;
    let folder = OutputFolder::open(&options.output_folder()?)?;
    let session = session.open(
        &options.root,
        folder.path(),
        ParseSettings::from_config(&config),
    )?;
    stages.end("open");
    let (tree, theme, found) = source::load(&options.root, &config)?;
    findings.extend(found);
    let inputs = Inputs::of(&tree, &theme, &config, (options, &key));
    stages.end("source");
    let last = session.last_release(&folder);
    if let Some(memory) = session.unchanged(&inputs, last.as_ref()) {
        return Ok(BuildOutcome::unchanged(memory, &folder, options, stages));
    }
    let read = session.read(&tree.files)?;
    findings.extend(read.findings);
    stages.end("parse");
    let (site, found) = Site::assemble(&read.documents, &tree, &config, &options.assemble());
    findings.extend(found);
    stages.end("model");
    let files = FileHashes::read(&site, &mut session.hashes, inputs.read_at)?;
    let (outputs, found) = plan::outputs(&site, &config, &theme, &files);
    findings.extend(found);
    stages.end("plan");
    let engine = session.engine(&theme, &site.named_templates())?;
    let bodies = session.bodies(&options.root);
    let renderer = Renderer::new(&site, &config, &theme, &files, bodies, engine);
    stages.end("views");
    let material = Material {
        site: &site,
        config: &config,
        outputs: &outputs,
        files: &files,
        bodies,
    };
    let (published, released) = publish::all(&folder, &key, &material, last.as_ref(), |output| {
        renderer.render(output)
    })?;
    stages.end("render");
    drop(renderer);
    let memory = inputs.memory(&site, &read.documents, &findings, &published);
    session.remember(released, memory);
    stages.end("keep");
    Ok(BuildOutcome::new(
        findings,
        &site,
        Some(published),
        options,
        stages,
    ))
}

/// Everything but publishing: each output is rendered for `look` alone, and nothing is written.
fn render_each(
    options: &BuildOptions,
    look: impl Fn(&plan::Output, &Renderer) -> Result<(), BuildError> + Sync,
) -> Result<BuildOutcome, BuildError> {
    let mut stages = Stages::start();
    let (config, mut findings) = match settings(options)? {
        Ok(loaded) => loaded,
        Err(faults) => return Ok(BuildOutcome::of_faults(faults, options, stages)),
    };
    let mut session = Session::default();
    let session = session.open(
        &options.root,
        &options.out,
        ParseSettings::from_config(&config),
    )?;
    let (tree, theme, found) = source::load(&options.root, &config)?;
    findings.extend(found);
    stages.end("source");
    let read = session.read(&tree.files)?;
    findings.extend(read.findings);
    stages.end("parse");
    let (site, found) = Site::assemble(&read.documents, &tree, &config, &options.assemble());
    findings.extend(found);
    stages.end("model");
    let files = FileHashes::read(&site, &mut session.hashes, options.now)?;
    let (outputs, found) = plan::outputs(&site, &config, &theme, &files);
    findings.extend(found);
    stages.end("plan");
    let engine = session.engine(&theme, &site.named_templates())?;
    let bodies = session.bodies(&options.root);
    let renderer = Renderer::new(&site, &config, &theme, &files, bodies, engine);
    outputs
        .par_iter()
        .try_for_each(|output| look(output, &renderer))?;
    stages.end("render");
    Ok(BuildOutcome::new(findings, &site, None, options, stages))
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
