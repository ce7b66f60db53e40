//! The site wing: content on disk in, a release on disk out.
//!
//! `source -> parse -> model -> plan -> render -> publish`; each stage hands on a complete value. Entry points:
//! [`build`], [`check`], and [`rebuild`] for a process that builds again and again.

mod build_state;
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
mod reader;
pub mod render;
mod report;
mod site_state;
pub mod source;
#[cfg(test)]
mod tests;
pub mod watch;
mod why;

pub use crate::site::build_state::BuildState;
pub use crate::site::report::{BuildOptions, BuildOutcome, Explanation, HeldBack, Report, Why};

use crate::config::{self, ConfigError, SiteConfig};
use crate::diag::Diagnostic;
use crate::site::build_state::{BuiltSite, OpenState};
use crate::site::error::BuildError;
use crate::site::failures::Failures;
use crate::site::inputs::Inputs;
use crate::site::outputs::Output;
use crate::site::parse::ParseSettings;
use crate::site::publish::{
    BuiltRelease, Done, LastRelease, Material, OutputFolder, Purpose, RolledBack, VaultKey,
};
use crate::site::render::{RenderContext, Rendered};
use crate::site::report::{Ending, Stages};
use crate::site::site_state::SiteState;
use rayon::prelude::*;
use std::path::PathBuf;

/// Content on disk in, `public/` and `vault/` on disk out, from where the last build ended. Pages with an error in them
/// are left out; settings with one make no release at all.
pub fn build(options: &BuildOptions) -> Result<BuildOutcome, BuildError> {
    let mut state = match options.fresh {
        true => BuildState::fresh(),
        false => BuildState::on_disk(),
    };
    let outcome = rebuild(options, &mut state)?;
    state.save_cache();
    state.end();
    Ok(outcome)
}

/// [`build`] for the next time in the same process: `state` remembers what need not be done again.
pub fn rebuild(options: &BuildOptions, state: &mut BuildState) -> Result<BuildOutcome, BuildError> {
    rebuild_after(options, state, &[])
}

/// [`rebuild`] when it is known that nothing but these files has changed since; paths are relative to the root. None
/// means that anything may have.
pub fn rebuild_after(
    options: &BuildOptions,
    state: &mut BuildState,
    changed: &[PathBuf],
) -> Result<BuildOutcome, BuildError> {
    let outcome = on_threads(options, || {
        with_settings(options, |loaded, stages| {
            run(options, state, changed, loaded, stages)
        })
    })?;
    Ok(outcome.with_warning(options.key_doubt()))
}

/// Makes ready for the next [`rebuild_after`], which then costs what it changes and not what the site has.
pub fn make_ready(options: &BuildOptions, state: &mut BuildState) -> Result<(), BuildError> {
    let folder = OutputFolder::open(&options.output_folder()?, options.purpose)?;
    state.make_ready(&folder)
}

/// All that [`build`] would report. Templates are rendered, nothing is written.
pub fn check(options: &BuildOptions) -> Result<BuildOutcome, BuildError> {
    on_threads(options, || {
        with_settings(options, |loaded, stages| {
            render_each(options, |_, _| (), loaded, stages)
        })
    })
}

/// Each line is one stage.
fn run(
    options: &BuildOptions,
    state: &mut BuildState,
    changed: &[PathBuf],
    (config, found): (SiteConfig, Vec<Diagnostic>),
    mut stages: Stages,
) -> Result<BuildOutcome, BuildError> {
    let wanted = (&config, options);
    let key = options.vault_key()?;
    let folder = OutputFolder::open(&options.output_folder()?, options.purpose)?;
    let settings = ParseSettings::from_config(&config);
    let state = state.open(&options.root, folder.path(), settings)?;
    state.reader.keeps_good |= options.keep_last;
    let rolled_back = folder.rolled_back();
    let last = state.last_release(&folder);
    stages.end("open");
    let (renewed, before) = match state.built.take() {
        Some(BuiltSite { site, release }) => {
            let renewed = site.renew(changed, wanted, &mut state.reader, &mut stages)?;
            (renewed, release)
        }
        None => (None, None),
    };
    // A release can be renewed if the site is still the one that it was made of.
    let mut before = before.filter(|_| renewed.is_some());
    let mut site = match renewed {
        Some(renewed) => renewed,
        None => {
            let mut source = source::load(&options.root, &config)?;
            source.2.splice(0..0, found);
            let inputs = Inputs::of(&source, wanted, &key);
            stages.end("source");
            let unchanged = state.unchanged(&inputs, last.as_ref());
            if let Some(memory) = unchanged.filter(|_| options.why.is_none()) {
                return Ok(BuildOutcome::unchanged(memory, &folder, options, stages));
            }
            let reader = (&mut state.reader, last.as_ref());
            SiteState::new(source, inputs, wanted, reader, &mut stages)?
        }
    };
    let done = loop {
        // A page that is left out of a preview for its errors has not gone.
        let n_after = match options.purpose {
            Purpose::Preview => site.documents.all.len(),
            _ => site.site.pages.len(),
        };
        if let Some(held_back) = shrinks(options, &folder, last.as_ref(), n_after) {
            return Ok(site.outcome(Ending::HeldBack(held_back), options, stages));
        }
        let failures = Failures::default();
        let done = publish(
            (&site, before.as_ref()),
            wanted,
            state,
            (&folder, &key),
            last.as_ref(),
            &failures,
        )?;
        let found = failures.judge(&site)?;
        if found.is_empty() {
            break done;
        }
        (site, before) = (site.without(found, wanted), None);
    };
    stages.end("render");
    let (published, released) = match done {
        Done::Published(done) => *done,
        Done::Unwanted => return Ok(site.outcome(Ending::NotPublished, options, stages)),
        Done::RolledBack(RolledBack { from, to }) => {
            let ending = Ending::HeldBack(HeldBack::RolledBack { from, to });
            return Ok(site.outcome(ending, options, stages));
        }
    };
    state.remember(released, site.memory(&published));
    let release = published.manifest.clone().map(|manifest| BuiltRelease {
        id: published.id.clone(),
        manifest,
    });
    let why = options.why.as_ref();
    let why = why.map(|query| why::explain(query, &site, &site.sources(&config), &published));
    let mut warnings = Vec::new();
    if let Some(last) = last.filter(|_| options.purpose == Purpose::Readers) {
        warnings.extend(moved::since(&last, &site.plan.outputs));
    }
    if let Some(it) = rolled_back.filter(|_| published.is_new) {
        warnings.push(Diagnostic::replaces_rollback(
            &options.out,
            &it.from,
            &it.to,
        ));
    }
    let ending = Ending::Published {
        published: Box::new(published),
        why,
        warnings,
    };
    let outcome = site.outcome(ending, options, stages);
    state.built = Some(BuiltSite { site, release });
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
    (site, before): (&SiteState, Option<&BuiltRelease>),
    (config, options): (&SiteConfig, &BuildOptions),
    state: &mut OpenState,
    (folder, key): (&OutputFolder, &VaultKey),
    last: Option<&LastRelease>,
    failures: &Failures,
) -> Result<Done, BuildError> {
    let engine = state.engine(&site.theme, &site.site.named_templates())?;
    let bodies = state.reader.bodies(&options.root);
    let context = RenderContext::new(site.shown(), config, bodies, engine);
    let material = Material {
        site: &site.site,
        config,
        outputs: &site.plan.outputs,
        files: &site.files,
        bodies,
        unavailable: context.unavailable()?,
        before,
    };
    let is_clean = !options.strict || site.findings().next().is_none();
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
    let wanted = (&config, options);
    let mut state = BuildState::default();
    let settings = ParseSettings::from_config(&config);
    let state = state.open(&options.root, &options.out, settings)?;
    let mut source = source::load(&options.root, &config)?;
    source.2.splice(0..0, found);
    let inputs = Inputs::unknown(options.now);
    stages.end("source");
    let reader = (&mut state.reader, None);
    let mut site = SiteState::new(source, inputs, wanted, reader, &mut stages)?;
    loop {
        let failures = Failures::default();
        let engine = state.engine(&site.theme, &site.site.named_templates())?;
        let bodies = state.reader.bodies(&options.root);
        let context = RenderContext::new(site.shown(), &config, bodies, engine);
        let outputs = site.plan.outputs.par_iter();
        outputs.try_for_each(|output| {
            let rendered = failures.watch(output, output.render(&context))?;
            look(output, rendered);
            Ok(())
        })?;
        let found = failures.judge(&site)?;
        if found.is_empty() {
            break;
        }
        site = site.without(found, wanted);
    }
    stages.end("render");
    Ok(site.outcome(Ending::NotPublished, options, stages))
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
