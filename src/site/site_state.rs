//! A site with everything decided and nothing rendered. One process keeps it between two builds.

use crate::config::SiteConfig;
use crate::diag::{Diagnostic, Severity};
use crate::site::cache::Memory;
use crate::site::custom_keys;
use crate::site::error::BuildError;
use crate::site::inputs::{Inputs, next_due};
use crate::site::keep_last;
use crate::site::left_out::{LeftOut, Reason};
use crate::site::model::{AssembleOptions, CopiedFiles, Files, Site};
use crate::site::outputs::Sources;
use crate::site::parse::Documents;
use crate::site::plan::{self, Plan};
use crate::site::publish::{LastRelease, Published, Purpose};
use crate::site::reader::Reader;
use crate::site::report::{self, BuildOptions, BuildOutcome, Counted, Ending, Stages};
use crate::site::source::{self, Facts, SourceTree, Texts, Theme};
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that rendering needs but the text of pages.
pub struct SiteState {
    /// What it was made of; what was read since is not in its fingerprint.
    pub inputs: Inputs,
    config: SiteConfig,
    options: AssembleOptions,
    tree: SourceTree,
    /// With everything it inherits.
    pub theme: Theme,
    /// See [`Files::texts`].
    texts: Texts,
    /// All Markdown.
    pub documents: Documents,
    /// Files with errors that are shown as they were before.
    kept: Vec<Arc<str>>,
    /// How it hangs together.
    pub site: Site,
    /// What was found in all files that may be copied.
    facts: Facts,
    /// What was found in the files that are copied.
    pub files: CopiedFiles,
    /// Every file the site must have.
    pub plan: Plan,
    found_in_files: Vec<Diagnostic>,
    /// In the settings, the theme and the walk.
    found_in_sources: Vec<Diagnostic>,
    /// In how the site hangs together.
    found_in_site: Vec<Diagnostic>,
    /// In pages that their templates cannot show.
    found_at_templates: Vec<Diagnostic>,
}

impl SiteState {
    /// Reads and decides everything.
    pub fn new(
        (mut tree, theme, mut found_in_sources): (SourceTree, Theme, Vec<Diagnostic>),
        inputs: Inputs,
        (config, options): (&SiteConfig, &BuildOptions),
        (reader, last): (&mut Reader, Option<&LastRelease>),
        stages: &mut Stages,
    ) -> Result<Self, BuildError> {
        let mut read = reader.read(&tree.files, options.now)?;
        keep_last::settle(&mut read, (reader, last), (config, options));
        stages.end("parse");
        let wanted = options.assemble();
        let (facts, found) = source::sift(
            &mut tree,
            &mut reader.files,
            inputs.read_at,
            &config.publish,
        )?;
        found_in_sources.extend(found);
        let texts = match read.documents.have_gates() {
            true => Texts::read(&tree)?,
            false => Texts::default(),
        };
        let files = Files {
            tree: &tree,
            theme: &theme,
            texts: &texts,
        };
        let assemble = |it: &Documents| Site::assemble(it, files, config, &wanted);
        // What was read is kept for the next build while this one goes on.
        let ((mut site, mut found_in_site), ()) =
            rayon::join(|| assemble(&read.documents), || reader.keep(&read.fresh));
        let known = (&*reader, last);
        let alone = |it: &Documents| assemble(it).0;
        if keep_last::close_files(&mut read, &site, known, (&facts, options), alone) {
            (site, found_in_site) = assemble(&read.documents);
        }
        stages.end("model");
        // The text that a warning is about is no longer in the file of a page that stays as it was.
        let is_kept = |path: &str| read.kept.iter().any(|it| **it == *path);
        found_in_site.retain(|it| it.severity == Severity::Error || !is_kept(&it.path));
        // Whether a page stays as it was depends on the time too, of which the fingerprint of the inputs says nothing.
        let inputs = match read.kept.is_empty() {
            true => inputs,
            false => inputs.forgotten(),
        };
        let files = CopiedFiles::of(&site, &facts);
        let plan = plan::outputs(&site, config, &theme, &files);
        let lists = [&mut found_in_sources, &mut found_in_site];
        report::add_excerpts(lists.into_iter().flatten(), &options.root);
        stages.end("plan");
        Ok(SiteState {
            inputs,
            config: config.clone(),
            options: wanted,
            tree,
            theme,
            texts,
            documents: read.documents,
            kept: read.kept,
            site,
            facts,
            files,
            plan,
            found_in_files: read.findings,
            found_in_sources,
            found_in_site,
            found_at_templates: Vec::new(),
        })
    }

    /// The same without the pages that have these findings, each of which is an error.
    pub fn without(
        mut self,
        found: Vec<Diagnostic>,
        (config, options): (&SiteConfig, &BuildOptions),
    ) -> Self {
        for finding in &found {
            let documents = &mut self.documents.all;
            if let Ok(place) = documents.binary_search_by(|it| (*it.path).cmp(&finding.path)) {
                Arc::make_mut(&mut documents[place]).is_faulty = true;
            }
        }
        self.found_at_templates.extend(found);
        let (site, found) = Site::assemble(
            &self.documents,
            Files {
                tree: &self.tree,
                theme: &self.theme,
                texts: &self.texts,
            },
            config,
            &self.options,
        );
        self.files = CopiedFiles::of(&site, &self.facts);
        let plan = plan::outputs(&site, config, &self.theme, &self.files);
        (self.site, self.plan) = (site, plan);
        self.found_in_site = found;
        let lists = [&mut self.found_in_site, &mut self.found_at_templates];
        report::add_excerpts(lists.into_iter().flatten(), &options.root);
        self
    }

    /// The same after files have changed, where all that has changed is text: how the site hangs together is as it
    /// was. `None` where more is to be done.
    pub fn renew(
        mut self,
        changed: &[PathBuf],
        (config, options): (&SiteConfig, &BuildOptions),
        reader: &mut Reader,
        stages: &mut Stages,
    ) -> Result<Option<Self>, BuildError> {
        let wanted = options.assemble();
        let has_same_options = self.options
            == AssembleOptions {
                now: self.options.now,
                ..wanted
            }
            && format!("{:?}", self.config) == format!("{config:?}")
            && self.inputs.are_timely(&self.documents, wanted.now);
        if changed.is_empty() || !has_same_options || !self.tree.look_again(changed) {
            return Ok(None);
        }
        stages.end("source");
        let mut pages = Vec::new();
        for path in changed.iter().filter_map(|it| it.to_str()) {
            let Ok(place) = self.tree.files.binary_search_by(|it| (*it.path).cmp(path)) else {
                return Ok(None);
            };
            let Some(known) = reader.read_again(&self.tree.files[place])? else {
                return Ok(None);
            };
            self.found_in_files.retain(|it| it.path != path);
            self.found_in_files.extend(known.findings.iter().cloned());
            let documents = &mut self.documents.all;
            let Ok(own) = documents.binary_search_by(|it| (*it.path).cmp(path)) else {
                return Ok(None);
            };
            let shown = reader.shown(&known, wanted.now);
            self.kept.retain(|it| **it != *path);
            if !Arc::ptr_eq(&shown, &known.document) {
                // Whether readers may have it depends on the current release.
                if options.purpose == Purpose::Readers {
                    return Ok(None);
                }
                self.kept.push(path.into());
                self.kept.sort_unstable();
            }
            let before = std::mem::replace(&mut documents[own], Arc::clone(&shown));
            if !before.same_structure(&shown) || self.found_elsewhere().any(|it| it.path == path) {
                return Ok(None);
            }
            if let Some(page) = self.site.page_of(&before) {
                self.site.pages[page.0 as usize].document = shown;
                pages.push(page);
            }
        }
        self.inputs = self.inputs.forgotten();
        stages.end("parse");
        self.plan.renew(&self.site, config, &self.files, &pages);
        stages.end("plan");
        Ok(Some(self))
    }

    /// What the next build is to know of this one. Of a renewed site it is not known what the whole of it was made of.
    pub fn memory(&self, published: &Published) -> Option<Memory> {
        let left_out = self.left_out();
        self.inputs.memory(
            &self.site,
            &self.documents,
            self.findings(),
            (published, left_out),
        )
    }

    /// What the fingerprints of its outputs are made of.
    pub fn sources<'a>(&'a self, config: &'a SiteConfig) -> Sources<'a> {
        self.plan.sources(&self.site, config, &self.files)
    }

    /// The outcome of a build that ended so.
    pub fn outcome(&self, ending: Ending, options: &BuildOptions, stages: Stages) -> BuildOutcome {
        let findings = self.findings().cloned().collect();
        let counted = Counted {
            n_pages: self.site.pages.len(),
            left_out: self.left_out(),
            kept: self.kept(),
            next_due: next_due(&self.documents, options.now),
        };
        BuildOutcome::new(findings, counted, ending, options, stages)
    }

    /// Files with errors whose pages are in the release as they were before, ascending by path.
    fn kept(&self) -> Vec<String> {
        let is_hidden = |path: &&Arc<str>| self.site.hidden.iter().any(|(it, _)| it == *path);
        let kept = self.kept.iter().filter(|it| !is_hidden(it));
        kept.map(|it| it.to_string()).collect()
    }

    /// Files that are no pages of the release, ascending by path.
    fn left_out(&self) -> Vec<LeftOut> {
        let unread = self.documents.unread.iter().map(|it| LeftOut {
            path: it.to_string(),
            reason: Reason::Error,
        });
        let hidden = self.site.hidden.iter().map(|(path, hidden)| LeftOut {
            path: path.to_string(),
            reason: (*hidden).into(),
        });
        let mut all: Vec<LeftOut> = unread.chain(hidden).collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }

    /// What templates show.
    pub fn shown(&self) -> (&Site, &Theme, &CopiedFiles) {
        (&self.site, &self.theme, &self.files)
    }

    /// All findings so far.
    pub fn findings(&self) -> impl Iterator<Item = &Diagnostic> {
        let shared = custom_keys::shared(self.found_in_files.iter());
        let in_files = self.found_in_files.iter();
        in_files
            .filter(move |it| !custom_keys::is_about(it, &shared))
            .chain(self.found_elsewhere())
    }

    fn found_elsewhere(&self) -> impl Iterator<Item = &Diagnostic> {
        let lists = [
            &self.found_in_sources,
            &self.found_in_site,
            &self.found_at_templates,
        ];
        lists.into_iter().flatten()
    }
}
