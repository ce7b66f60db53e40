//! The site wing: content on disk in, a release on disk out.
//!
//! `source -> parse -> model -> plan -> render -> publish`; each stage hands on a complete value. Entry points:
//! [`build`], [`check`], and [`rebuild`] for a process that builds again and again.

mod assembled;
pub mod cache;
mod custom_keys;
pub mod error;
mod failures;
pub mod fingerprint;
mod inputs;
mod keep_last;
pub mod left_out;
pub mod model;
mod moved;
pub mod outputs;
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
mod why;

pub use crate::site::report::{BuildOptions, BuildOutcome, Explanation, HeldBack, Report, Why};
pub use crate::site::session::Session;

use crate::config::{self, ConfigError, SiteConfig};
use crate::diag::Diagnostic;
use crate::site::assembled::Assembled;
use crate::site::error::BuildError;
use crate::site::failures::Failures;
use crate::site::inputs::Inputs;
use crate::site::outputs::Output;
use crate::site::parse::ParseSettings;
use crate::site::publish::{
    Done, LastRelease, Material, OutputFolder, Purpose, RolledBack, VaultKey,
};
use crate::site::render::{RenderContext, Rendered};
use crate::site::report::Stages;
use crate::site::session::OpenSession;
use rayon::prelude::*;
use std::path::PathBuf;

/// Content on disk in, `public/` and `vault/` on disk out, from where the last build ended. Pages with an error in them
/// are left out; settings with one make no release at all.
pub fn build(options: &BuildOptions) -> Result<BuildOutcome, BuildError> {
    let mut session = match options.fresh {
        true => Session::fresh(),
        false => Session::on_disk(),
    };
    let outcome = rebuild(options, &mut session)?;
    session.leave();
    session.end();
    Ok(outcome)
}

/// [`build`] for the next time in the same process: `session` remembers what need not be done again.
pub fn rebuild(options: &BuildOptions, session: &mut Session) -> Result<BuildOutcome, BuildError> {
    rebuild_after(options, session, &[])
}

/// [`rebuild`] when it is known that nothing but these files has changed since; paths are relative to the root. None
/// means that anything may have.
pub fn rebuild_after(
    options: &BuildOptions,
    session: &mut Session,
    changed: &[PathBuf],
) -> Result<BuildOutcome, BuildError> {
    let mut outcome = on_threads(options, || {
        with_settings(options, |loaded, stages| {
            run(options, session, changed, loaded, stages)
        })
    })?;
    outcome.add_warnings(options.key_doubt().into_iter().collect());
    Ok(outcome)
}

/// Makes ready for the next [`rebuild_after`], which then costs what it changes and not what the site has.
pub fn make_ready(options: &BuildOptions, session: &mut Session) -> Result<(), BuildError> {
    let folder = OutputFolder::open(&options.output_folder()?, options.purpose)?;
    session.make_ready(&folder)
}

/// All that [`build`] would report. Templates are rendered, nothing is written.
pub fn check(options: &BuildOptions) -> Result<BuildOutcome, BuildError> {
    on_threads(options, || {
        with_settings(options, |loaded, stages| {
            render_each(options, |_, _| (), loaded, stages)
        })
    })
}

/// Each line is one room of the house.
fn run(
    options: &BuildOptions,
    session: &mut Session,
    changed: &[PathBuf],
    (config, found): (SiteConfig, Vec<Diagnostic>),
    mut stages: Stages,
) -> Result<BuildOutcome, BuildError> {
    let asked = (&config, options);
    let key = options.vault_key()?;
    let folder = OutputFolder::open(&options.output_folder()?, options.purpose)?;
    let settings = ParseSettings::from_config(&config);
    let session = session.open(&options.root, folder.path(), settings)?;
    session.keeps_good |= options.keep_last;
    let rolled_back = folder.rolled_back();
    let last = session.last_release(&folder);
    stages.end("open");
    let renewed = match session.assembled.take() {
        Some(before) => before.renew(changed, asked, session, &mut stages)?,
        None => None,
    };
    let mut assembled = match renewed {
        Some(renewed) => renewed,
        None => {
            let mut source = source::load(&options.root, &config)?;
            source.2.splice(0..0, found);
            let inputs = Inputs::of(&source, asked, &key);
            stages.end("source");
            let unchanged = session.unchanged(&inputs, last.as_ref());
            if let Some(memory) = unchanged.filter(|_| options.why.is_none()) {
                return Ok(BuildOutcome::unchanged(memory, &folder, options, stages));
            }
            let sessions = (&mut *session, last.as_ref());
            Assembled::new(source, inputs, asked, sessions, &mut stages)?
        }
    };
    let done = loop {
        // A page that is left out of a preview for its errors has not gone.
        let n_after = match options.purpose {
            Purpose::Preview => assembled.documents.all.len(),
            _ => assembled.site.pages.len(),
        };
        if let Some(held_back) = shrinks(options, &folder, last.as_ref(), n_after) {
            let mut outcome = assembled.outcome(None, options, stages);
            outcome.held_back = Some(held_back);
            return Ok(outcome);
        }
        let failures = Failures::default();
        let done = publish(
            &assembled,
            asked,
            session,
            (&folder, &key),
            last.as_ref(),
            &failures,
        )?;
        let found = failures.judge(&assembled)?;
        if found.is_empty() {
            break done;
        }
        assembled = assembled.without(found, asked);
    };
    stages.end("render");
    let (published, released) = match done {
        Done::Published(done) => *done,
        Done::Unwanted => return Ok(assembled.outcome(None, options, stages)),
        Done::RolledBack(RolledBack { from, to }) => {
            let mut outcome = assembled.outcome(None, options, stages);
            outcome.held_back = Some(HeldBack::RolledBack { from, to });
            return Ok(outcome);
        }
    };
    session.remember(released, assembled.memory(&published));
    let manifest = published.manifest.clone();
    assembled.told = manifest.map(|it| (published.id.clone(), it));
    let why = options.why.as_ref().map(|asked| {
        let sources = assembled.sources(&config);
        why::explain(asked, &assembled, &config.base_url, &sources, &published)
    });
    let mut outcome = assembled.outcome(Some(published), options, stages);
    outcome.why = why;
    if let Some(last) = last.filter(|_| options.purpose == Purpose::Readers) {
        outcome.add_warnings(moved::since(&last, &assembled.plan.outputs));
    }
    if let Some(it) = rolled_back.filter(|_| outcome.published.as_ref().is_some_and(|it| it.is_new))
    {
        outcome.add_warnings(vec![Diagnostic::replaces_rollback(
            &options.out,
            &it.from,
            &it.to,
        )]);
    }
    session.assembled = Some(assembled);
    Ok(outcome)
}

/// Whether a release would have less than half the pages of the last one, unasked. An author at work is held back only
/// from what happens while the preview runs: at its start there is no page to keep.
fn shrinks(
    options: &BuildOptions,
    folder: &OutputFolder,
    last: Option<&LastRelease>,
    n_after: usize,
) -> Option<HeldBack> {
    let is_ours = last.is_some_and(|it| it.is_ours);
    if options.shrink || (options.purpose == Purpose::Preview && !is_ours) {
        return None;
    }
    let n_before = match last {
        Some(last) => last.released.n_pages,
        None => publish::n_pages(folder)?,
    };
    (n_after * 2 < n_before).then_some(HeldBack::Shrinks { n_before, n_after })
}

/// Renders and publishes, unless a template failed, or the build is strict and there are findings.
fn publish(
    assembled: &Assembled,
    (config, options): (&SiteConfig, &BuildOptions),
    session: &mut OpenSession,
    (folder, key): (&OutputFolder, &VaultKey),
    last: Option<&LastRelease>,
    failures: &Failures,
) -> Result<Done, BuildError> {
    let engine = session.engine(&assembled.theme, &assembled.site.named_templates())?;
    let bodies = session.bodies(&options.root);
    let context = RenderContext::new(assembled.scenery(), config, bodies, engine);
    let material = Material {
        site: &assembled.site,
        config,
        outputs: &assembled.plan.outputs,
        files: &assembled.files,
        bodies,
        unavailable: context.unavailable()?,
        told: assembled.told.as_ref().map(|it| (it.0.as_str(), &it.1)),
    };
    let is_clean = !options.strict || assembled.findings().next().is_none();
    let render = |output: &Output| failures.watch(output, output.render(&context));
    publish::all(folder, key, &material, last, render, || {
        is_clean && failures.is_empty()
    })
}

/// Everything but publishing: each output is rendered for `look` alone, and nothing is written.
fn render_each(
    options: &BuildOptions,
    look: impl Fn(&Output, Rendered) + Sync,
    (config, found): (SiteConfig, Vec<Diagnostic>),
    mut stages: Stages,
) -> Result<BuildOutcome, BuildError> {
    let asked = (&config, options);
    let mut session = Session::default();
    let settings = ParseSettings::from_config(&config);
    let session = session.open(&options.root, &options.out, settings)?;
    let mut source = source::load(&options.root, &config)?;
    source.2.splice(0..0, found);
    let inputs = Inputs::unknown(options.now);
    stages.end("source");
    let mut assembled = Assembled::new(source, inputs, asked, (session, None), &mut stages)?;
    loop {
        let failures = Failures::default();
        let engine = session.engine(&assembled.theme, &assembled.site.named_templates())?;
        let bodies = session.bodies(&options.root);
        let context = RenderContext::new(assembled.scenery(), &config, bodies, engine);
        let outputs = assembled.plan.outputs.par_iter();
        outputs.try_for_each(|output| {
            let rendered = failures.watch(output, output.render(&context))?;
            look(output, rendered);
            Ok(())
        })?;
        let found = failures.judge(&assembled)?;
        if found.is_empty() {
            break;
        }
        assembled = assembled.without(found, asked);
    }
    stages.end("render");
    Ok(assembled.outcome(None, options, stages))
}

/// Goes on with the settings, where they have no faults.
fn with_settings(
    options: &BuildOptions,
    go_on: impl FnOnce((SiteConfig, Vec<Diagnostic>), Stages) -> Result<BuildOutcome, BuildError>,
) -> Result<BuildOutcome, BuildError> {
    let stages = Stages::start();
    match config::load(&options.root, &options.config) {
        Ok((mut config, findings)) => {
            if let Some(base_url) = &options.base_url {
                config.base_url = base_url.clone();
            }
            // A preview is read on the machine that makes it, and must be there at once.
            config.precompress &= options.purpose != Purpose::Preview;
            go_on((config, findings), stages)
        }
        Err(ConfigError::Faults(findings)) => {
            Ok(BuildOutcome::of_faults(findings, options, stages))
        }
        Err(ConfigError::Read { path, source }) => Err(BuildError::of_settings(
            &options.root,
            &options.config,
            path,
            source,
        )),
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
