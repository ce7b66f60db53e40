//! Pages and files with their addresses, and what lies at one.

use crate::config::{Language, SiteConfig};
use crate::diag::Diagnostic;
use crate::site::model::identity::Named;
use crate::site::model::selection::Hidden;
use crate::site::model::{Destination, PageState};
use crate::site::source::Asset;

/// A page with its address.
#[derive(Clone, Debug)]
pub struct Placed {
    /// What it is called.
    pub named: Named,
    /// Whether readers see it.
    pub state: PageState,
    /// Its address.
    pub path: String,
    /// The address that it would have if the folder of its language were a folder like others, such as `/zh/start/` for
    /// `zh/start.md` of `zh-CN`; where that is another one, and nothing else has it.
    pub unlanguaged: Option<String>,
}

/// A page and the address that it would have.
pub struct WantedPage {
    /// What it is called.
    pub named: Named,
    /// Whether readers see it.
    pub state: PageState,
    /// Its address, or the finding that says why it has none.
    pub path: Result<String, Box<Diagnostic>>,
}

/// An asset with its address, before it is known who uses it.
pub struct PlacedAsset<'a> {
    /// The file.
    pub asset: &'a Asset,
    /// Its path below `content/`, in composed Unicode.
    pub source: String,
    /// Its address.
    pub path: String,
    /// It lies in or below the folder of a file that could not be read whole, which might use it.
    pub is_doubtful: bool,
}

/// What lies at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupant {
    /// Part of the site.
    There(Destination),
    /// A document that is no page, and why.
    Hidden(Hidden),
    /// A file of a page or section that is not built, and why that is not.
    HiddenFile(Hidden),
}

impl Occupant {
    /// Where a link can lead; `None` for what is no page.
    pub fn built(&self) -> Option<Destination> {
        match self {
            Occupant::There(to) => Some(*to),
            Occupant::Hidden(_) | Occupant::HiddenFile(_) => None,
        }
    }
}

/// `/` for the default language, `/code/` for the others.
pub fn prefixes(config: &SiteConfig) -> Vec<String> {
    let prefix = |(index, language): (usize, &Language)| match index {
        0 => "/".to_owned(),
        _ => format!("/{}/", language.code),
    };
    config.languages.iter().enumerate().map(prefix).collect()
}
