//! The fingerprint of an output: equal ones mean equal bytes, and two different ones tell in which ingredients they
//! differ.

mod builder;

pub use builder::{FingerprintBuilder, Hash};

use rapidhash::v3::rapidhash_v3;
use serde::{Deserialize, Serialize, Serializer};

/// A kind of thing that an output can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ingredient {
    /// `site.toml`, and `[extra]` of the theme.
    Settings,
    /// Templates that it reaches by inheritance and include.
    Templates,
    /// Interface texts of its language.
    Words,
    /// Its page's own file, or the file that is copied.
    Text,
    /// Where its links lead, and how large its pictures are.
    Links,
    /// Other pages, terms and translations that it shows.
    Pages,
    /// Menu, sections around it, taxonomies.
    Sections,
    /// Static files whose address it shows with a version.
    StaticFiles,
}

impl Ingredient {
    /// All of them.
    pub const ALL: [Ingredient; 8] = [
        Ingredient::Settings,
        Ingredient::Templates,
        Ingredient::Words,
        Ingredient::Text,
        Ingredient::Links,
        Ingredient::Pages,
        Ingredient::Sections,
        Ingredient::StaticFiles,
    ];

    /// As it is called in reports.
    pub fn name(self) -> &'static str {
        match self {
            Ingredient::Settings => "settings",
            Ingredient::Templates => "templates",
            Ingredient::Words => "words",
            Ingredient::Text => "text",
            Ingredient::Links => "links",
            Ingredient::Pages => "pages",
            Ingredient::Sections => "sections",
            Ingredient::StaticFiles => "static_files",
        }
    }
}

impl Serialize for Ingredient {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What an output depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// BLAKE3 of everything. Equal ones mean equal bytes, with the same version of Lyceum.
    pub whole: [u8; 32],
    /// A short hash of each kind, in the order of [`Ingredient::ALL`]: good enough to tell people, not to rely on.
    kinds: [u32; Ingredient::ALL.len()],
}

impl Fingerprint {
    /// Of pieces one after the other, each with its kind.
    pub fn of<'p>(whole: &[u8], pieces: impl Iterator<Item = (Ingredient, &'p [u8])>) -> Self {
        let mut kinds = [0_u32; Ingredient::ALL.len()];
        for (kind, piece) in pieces {
            let kind = &mut kinds[kind as usize];
            *kind = kind.rotate_left(7) ^ rapidhash_v3(piece) as u32;
        }
        Fingerprint {
            whole: *blake3::hash(whole).as_bytes(),
            kinds,
        }
    }

    /// In what two of one output differ.
    pub fn differences(&self, other: &Fingerprint) -> impl Iterator<Item = Ingredient> {
        let kinds = self.kinds.into_iter().zip(other.kinds);
        let kinds = kinds.zip(Ingredient::ALL);
        kinds.filter_map(|((own, others), kind)| (own != others).then_some(kind))
    }
}
