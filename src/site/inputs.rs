//! Everything that a build depends on, as one fingerprint: where it is the same, there is nothing to do.

use crate::clock::{Clock, Timestamp};
use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::site::cache::Memory;
use crate::site::left_out::LeftOut;
use crate::site::model::Site;
use crate::site::parse::Documents;
use crate::site::publish::{Published, VaultKey};
use crate::site::report::BuildOptions;
use crate::site::source::{AssetContent, SourceTree, Stamp, Theme};

/// What one build has to work with.
pub struct Inputs {
    /// When the files were looked at, by the machine's clock.
    pub read_at: Timestamp,
    /// What counts as the present in the build.
    now: Timestamp,
    /// `None` where a file has changed too lately for its stamp to show the next change.
    fingerprint: Option<[u8; 32]>,
}

impl Inputs {
    /// Of all files by their stamps, of the theme and the settings by what they say, and what is wrong with them: a file
    /// that cannot be read says as little as one that does not exist.
    pub fn of(
        (tree, theme, found): &(SourceTree, Theme, Vec<Diagnostic>),
        (config, options): (&SiteConfig, &BuildOptions),
        key: &VaultKey,
    ) -> Self {
        let read_at = Clock::Wall.now();
        let mut hasher = blake3::Hasher::new();
        let mut is_settled = true;
        let mut add = |path: &str, stamp: &Stamp| {
            is_settled &= stamp.is_settled(read_at);
            hasher.update(&(path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update(&stamp.to_bytes());
        };
        for file in &tree.files {
            add(&file.path, &file.stamp);
        }
        for asset in tree.assets.iter().chain(&tree.statics) {
            match &asset.content {
                AssetContent::Disk(_, stamp) | AssetContent::Linked(_, stamp) => {
                    add(&asset.origin, stamp)
                }
                AssetContent::Embedded(_) => add(&asset.origin, &Stamp::default()),
            }
        }
        let settings = format!(
            "{config:?} {:?} {:?} {found:?} {:?}",
            theme.texts,
            theme.extra,
            (
                options.drafts,
                options.future,
                options.expired,
                options.dead_links,
                options.keep_last,
            )
        );
        hasher.update(&theme.fingerprint(&[]));
        hasher.update(settings.as_bytes());
        hasher.update(key.name(&[b"inputs"]).as_bytes());
        Inputs {
            read_at,
            now: options.now,
            fingerprint: is_settled.then(|| *hasher.finalize().as_bytes()),
        }
    }

    /// Of a build that will not be remembered.
    pub fn unknown(now: Timestamp) -> Self {
        Inputs {
            read_at: now,
            now,
            fingerprint: None,
        }
    }

    /// The same, when something has changed since.
    #[must_use]
    pub fn forgotten(&self) -> Self {
        Inputs {
            fingerprint: None,
            ..*self
        }
    }

    /// Whether nothing has changed since a build, and nothing is due.
    pub fn are_those_of(&self, memory: &Memory) -> bool {
        self.fingerprint == Some(memory.inputs)
            && memory.since <= self.now
            && memory.until.is_none_or(|until| self.now < until)
    }

    /// Whether no page of an earlier build has become due since, or has gone.
    pub fn are_timely(&self, documents: &Documents, now: Timestamp) -> bool {
        self.now <= now && next_due(documents, self.now).is_none_or(|it| now < it)
    }

    /// What is to be known of this build by the next.
    pub fn memory<'d>(
        &self,
        site: &Site,
        documents: &Documents,
        findings: impl Iterator<Item = &'d Diagnostic>,
        (published, left_out): (&Published, Vec<LeftOut>),
    ) -> Option<Memory> {
        Some(Memory {
            inputs: self.fingerprint?,
            since: self.now,
            until: next_due(documents, self.now),
            id: published.id.clone(),
            n_pages: site.pages.len(),
            n_files: published.n_written + published.n_unchanged,
            diagnostics: findings.cloned().collect(),
            left_out,
        })
    }
}

/// When the next page is to appear or to go. Drafts and pages with errors do neither.
pub fn next_due(documents: &Documents, now: Timestamp) -> Option<Timestamp> {
    let waiting = documents
        .all
        .iter()
        .filter(|it| !it.front.draft && !it.is_faulty);
    let times = waiting.flat_map(|it| {
        let front = &it.front;
        [front.publish_at.or(front.date), front.expires_at]
    });
    times.flatten().filter(|it| *it > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::SourceFile;

    #[test]
    fn a_file_that_cannot_be_read_is_not_the_same_as_none() {
        let of = |found: Vec<Diagnostic>| {
            let settings = "title = \"T\"\nbase_url = \"https://example.org/\"\n";
            let settings = SourceFile::new("site.toml", settings);
            let config = crate::config::parse(&settings).unwrap().0;
            let key = VaultKey::parse(&"5e".repeat(32)).unwrap();
            let options = BuildOptions::new(".", Timestamp::from_millis(0));
            let source = (SourceTree::default(), Theme::default(), found);
            Inputs::of(&source, (&config, &options), &key).fingerprint
        };
        let fault = Diagnostic::template_fault("i18n/zh.toml", (1, 1), "no", "");
        assert!(of(Vec::new()).is_some());
        assert_ne!(of(Vec::new()), of(vec![fault]));
    }
}
