//! `Site` -> every file that `public/` must have, each with the fingerprint of everything it is made from.
//!
//! Entry point: [`outputs`].

use crate::config::SiteConfig;
use crate::site::model::{CopiedFiles, PageIndex, Site};
use crate::site::outputs::{self, Output, SharedHashes, Sources};
use crate::site::source::Theme;
use rayon::prelude::*;

/// Every file the site must have, with all that their fingerprints are made from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Ascending by file.
    pub outputs: Vec<Output>,
    shared: SharedHashes,
}

/// The plan of a site.
pub fn outputs(site: &Site, config: &SiteConfig, theme: &Theme, files: &CopiedFiles) -> Plan {
    let all = outputs::all(site, config);
    let shared = SharedHashes::new(site, config, theme, files);
    let sources = Sources {
        site,
        config,
        files,
        shared: &shared,
    };
    let outputs = all.into_par_iter().map(|(file, kind)| Output {
        fingerprint: kind.fingerprint(&sources),
        file: file.into(),
        kind,
    });
    let outputs = outputs.collect();
    Plan { outputs, shared }
}

impl Plan {
    /// What the fingerprints of a site's outputs are made from.
    pub fn sources<'a>(
        &'a self,
        site: &'a Site,
        config: &'a SiteConfig,
        files: &'a CopiedFiles,
    ) -> Sources<'a> {
        Sources {
            site,
            config,
            files,
            shared: &self.shared,
        }
    }

    /// The plan of the same site after nothing but the text of some pages, and copied files, have changed.
    pub fn renew(
        &mut self,
        site: &Site,
        config: &SiteConfig,
        files: &CopiedFiles,
        changed: &[PageIndex],
    ) {
        let is_seen_elsewhere = self.shared.renew(site, files, changed);
        let sources = Sources {
            site,
            config,
            files,
            shared: &self.shared,
        };
        self.outputs.par_iter_mut().for_each(|output| {
            let kind = output.kind;
            if is_seen_elsewhere || kind.shows_text_of(site, config, changed) {
                output.fingerprint = kind.fingerprint(&sources);
            }
        });
    }
}
