//! From where a text names files, and which asset a name means there.
//!
//! Names are looked up exactly as they are spelt: below the folder of the file, below the address that a browser
//! resolves them against, and from the root. What only resembles the name of a file means none.

use crate::site::model::address::join;
use crate::site::model::identity::Named;
use crate::site::model::links::LinkIndex;
use crate::site::model::placed::Placed;
use crate::site::model::{AssetIndex, Destination};
use crate::site::parse::mentioned_paths;

/// Where a text stands.
#[derive(Clone, Debug)]
pub struct Viewpoint {
    /// Folder of its source below `content/`; empty for the root.
    folder: String,
    /// Its source without extension, which some tools use as the folder of its pictures.
    stem: Option<String>,
    /// Its address as browsers see it, without what stands behind the last `/`.
    address: Option<String>,
    /// It is a static file, which uses the file that a browser finds beside it, where there is one.
    is_static: bool,
}

impl Viewpoint {
    /// Of settings and templates.
    pub fn root() -> Self {
        Viewpoint {
            folder: String::new(),
            stem: None,
            address: Some(String::new()),
            is_static: false,
        }
    }

    /// Of a page.
    pub fn of_page(page: &Placed) -> Self {
        Viewpoint {
            address: Some(page.path.clone()),
            ..Viewpoint::of_document(&page.named)
        }
    }

    /// Of a document without an address.
    pub fn of_document(named: &Named) -> Self {
        Viewpoint {
            folder: named.folder.clone(),
            stem: named.path.rsplit_once('.').map(|(stem, _)| stem.to_owned()),
            address: None,
            is_static: false,
        }
    }

    /// Of a static file at such an address.
    pub fn of_static(path: &str) -> Self {
        Viewpoint {
            address: Some(folder_of(path).to_owned()),
            is_static: true,
            ..Viewpoint::root()
        }
    }

    /// Of a file beside pages.
    pub fn of_asset(source: &str, path: &str) -> Self {
        Viewpoint {
            folder: folder_of(source).to_owned(),
            stem: None,
            address: Some(folder_of(path).to_owned()),
            is_static: false,
        }
    }

    /// The asset that a text means which is no link; an absolute address counts where it is the site's own.
    pub fn asset(&self, link_index: &LinkIndex, text: &str) -> Option<AssetIndex> {
        if !link_index.may_name_asset(text) {
            return None;
        }
        let own = link_index.own_path(text);
        mentioned_paths(own.as_deref().unwrap_or(text)).find_map(|path| {
            let index = path.ends_with('/').then(|| format!("{path}index.html"));
            let found = self.asset_at(link_index, &path);
            found.or_else(|| self.asset_at(link_index, &index?))
        })
    }

    fn asset_at(&self, link_index: &LinkIndex, path: &str) -> Option<AssetIndex> {
        let file = |path: Option<String>| link_index.file_at(&path?);
        let address = |path: Option<String>| link_index.address_at(&format!("/{}", path?));
        let beside = || address(self.address.as_ref().and_then(|it| join(it, path)));
        let is_relative = !path.starts_with("@/") && !path.starts_with('/');
        if let Some(nearest) = beside().filter(|_| self.is_static && is_relative) {
            return match nearest {
                Destination::Asset(asset) => Some(asset),
                _ => None,
            };
        }
        let found = match (path.strip_prefix("@/"), path.strip_prefix('/')) {
            (Some(rest), _) => [file(join("", rest)), None, None],
            (None, Some(rest)) => [
                address(join("", rest)),
                address(link_index.below_base(path).and_then(|it| join("", it))),
                file(join("", rest)),
            ],
            (None, None) => [
                file(join(&self.folder, path)),
                file(self.stem.as_ref().and_then(|it| join(it, path))),
                address(self.address.as_ref().and_then(|it| join(it, path))),
            ],
        };
        found.into_iter().flatten().find_map(|it| match it {
            Destination::Asset(asset) => Some(asset),
            _ => None,
        })
    }
}

/// A path without its last step.
fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
