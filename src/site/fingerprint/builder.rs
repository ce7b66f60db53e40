//! A fingerprint in the making: pieces one after the other, each of a kind, with names for `build --why`.

use crate::site::fingerprint::{Fingerprint, Ingredient};
use crate::site::model::{CopiedFiles, Destination, Page};
use crate::site::source::PictureSize;

/// BLAKE3 of something that outputs show.
pub type Hash = [u8; 32];

/// Every piece carries its length, so that no two sequences of pieces look the same. The pieces are small and many, and
/// hashing them together is cheaper than one by one.
pub struct FingerprintBuilder {
    bytes: Vec<u8>,
    /// Where each sequence of pieces of one kind begins.
    starts: Vec<(Ingredient, usize)>,
    names: Option<Vec<(Ingredient, String)>>,
}

impl FingerprintBuilder {
    /// No pieces yet.
    pub fn empty() -> Self {
        FingerprintBuilder {
            bytes: Vec::with_capacity(1024),
            starts: Vec::with_capacity(16),
            names: None,
        }
    }

    /// The same, and keeps the names of pieces for [`FingerprintBuilder::names`].
    pub fn with_names() -> Self {
        FingerprintBuilder {
            names: Some(Vec::new()),
            ..FingerprintBuilder::empty()
        }
    }

    /// The pieces that follow are of this kind.
    pub fn of(mut self, kind: Ingredient) -> Self {
        self.starts.push((kind, self.bytes.len()));
        self
    }

    /// Name of the next piece. `name` is only called if names are kept.
    pub fn name(mut self, name: impl FnOnce() -> String) -> Self {
        if let (Some(names), Some((kind, _))) = (&mut self.names, self.starts.last()) {
            names.push((*kind, name()));
        }
        self
    }

    /// A piece.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        let length = bytes.len() as u64;
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A piece.
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// A piece; `None` is not the same as an empty text.
    pub fn maybe(self, text: Option<&str>) -> Self {
        self.all(text.into_iter(), FingerprintBuilder::text)
    }

    /// A piece.
    pub fn number(mut self, number: u64) -> Self {
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// A piece.
    pub fn flag(self, flag: bool) -> Self {
        self.number(u64::from(flag))
    }

    /// Pieces, and how many there are.
    pub fn all<T>(self, items: impl Iterator<Item = T>, add: impl Fn(Self, T) -> Self) -> Self {
        let mut n_items = 0;
        let builder = items.fold(self, |builder, item| {
            n_items += 1;
            add(builder, item)
        });
        builder.number(n_items)
    }

    /// Where the links of a page lead, and the sizes of the pictures that it shows, gated ones too.
    pub fn links(self, page: &Page, files: &CopiedFiles) -> Self {
        let links = page.links.iter().enumerate();
        self.of(Ingredient::Links)
            .all(links, |builder, (link, it)| {
                builder
                    .name(|| it.href.to_string())
                    .text(&it.href)
                    .flag(it.to.is_dead())
                    .flag(it.to == Destination::Withheld)
                    .size(files.size(page, link))
            })
    }

    /// A piece.
    pub fn size(self, size: Option<PictureSize>) -> Self {
        self.all(size.into_iter(), |builder, it| {
            builder.number(it.width.into()).number(it.height.into())
        })
    }

    /// Hash of all pieces.
    pub fn hash(self) -> Hash {
        *blake3::hash(&self.bytes).as_bytes()
    }

    /// Hash of all pieces, and one of each kind.
    pub fn fingerprint(self) -> Fingerprint {
        let ends = self.starts.iter().skip(1).map(|it| it.1);
        let ends = ends.chain([self.bytes.len()]);
        let pieces = self.starts.iter().zip(ends);
        let pieces = pieces.map(|((kind, start), end)| (*kind, &self.bytes[*start..end]));
        Fingerprint::of(&self.bytes, pieces)
    }

    /// The names of its pieces, each once, by kind.
    pub fn names(self) -> Vec<(Ingredient, String)> {
        let mut names = self.names.unwrap_or_default();
        names.sort();
        names.dedup();
        names
    }
}
