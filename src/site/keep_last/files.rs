//! Which pages that would stay as they were make a file more open than the files ask for now, in a version that no reader
//! has had.

use crate::ids::Access;
use crate::manifest::shortened;
use crate::site::model::{Audience, Site, SiteAsset};
use crate::site::publish::LastRelease;
use crate::site::source::Facts;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files by where they come from.
type ByOrigin<'s> = BTreeMap<&'s Arc<str>, &'s SiteAsset>;

/// The first file that `site` shows to more readers than `asked`, and that they do not have in the current release as it
/// is now.
pub fn first_opened<'s>(
    site: &'s Site,
    asked: &Site,
    (facts, last): (&Facts, &LastRelease),
) -> Option<&'s Arc<str>> {
    let asked: ByOrigin<'_> = asked
        .assets
        .iter()
        .map(|it| (&it.asset.origin, it))
        .collect();
    let is_opened = |it: &&SiteAsset| {
        let before = asked.get(&it.asset.origin).map(|it| &it.audience);
        opens(&it.audience, before)
    };
    let mut opened = site.assets.iter().filter(is_opened).peekable();
    opened.peek()?;
    let gated = last.gated_files().unwrap_or_default();
    let had = |it: &SiteAsset| {
        let facts = facts.get(&it.asset.origin)?;
        let hash = shortened(&facts.hash.into());
        match &it.audience {
            Audience::Everyone => {
                let file = last.released.files.outputs.get(it.file.as_str())?;
                Some(*file.hash == *hash)
            }
            Audience::Readers(accesses) => {
                let file = gated.get(&it.path)?;
                let is_theirs = accesses.iter().all(|it| file.accesses.contains(it));
                Some(file.hash == hash && is_theirs)
            }
        }
    };
    let mut new = opened.filter(|it| had(it) != Some(true));
    new.next().map(|it| &it.asset.origin)
}

/// Whether someone may have a file who may not have it by what is asked.
fn opens(audience: &Audience, asked: Option<&Audience>) -> bool {
    let is_asked = |access: &Access| match asked {
        Some(Audience::Readers(asked)) => asked.contains(access),
        _ => false,
    };
    match (audience, asked) {
        (_, Some(Audience::Everyone)) => false,
        (Audience::Everyone, _) => true,
        (Audience::Readers(accesses), _) => !accesses.iter().all(is_asked),
    }
}
