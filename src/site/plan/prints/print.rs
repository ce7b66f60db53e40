//! A hash in the making: pieces one after the other, each of a kind, which can be told by name.

use crate::site::cache::{Fingerprint, Ingredient};
use crate::site::model::{Destination, Page};
use crate::site::plan::CopiedFiles;
use crate::site::source::PictureSize;

/// BLAKE3 of something that outputs show.
pub type Hash = [u8; 32];

/// Every piece carries its length, so that no two runs of pieces look the same. The pieces are small and many, and
/// hashing them together is cheaper than one by one.
pub struct Print {
    bytes: Vec<u8>,
    /// Where each run of pieces of one kind begins.
    runs: Vec<(Ingredient, usize)>,
    told: Option<Vec<(Ingredient, String)>>,
}

impl Print {
    /// Nothing yet.
    pub fn new() -> Self {
        Print {
            bytes: Vec::with_capacity(1024),
            runs: Vec::with_capacity(16),
            told: None,
        }
    }

    /// Nothing yet, of which the names will be asked.
    pub fn telling() -> Self {
        Print {
            told: Some(Vec::new()),
            ..Print::new()
        }
    }

    /// What follows is of this kind.
    pub fn of(mut self, kind: Ingredient) -> Self {
        self.runs.push((kind, self.bytes.len()));
        self
    }

    /// What the next piece is called. Asked only where it will be told.
    pub fn name(mut self, name: impl FnOnce() -> String) -> Self {
        if let (Some(told), Some((kind, _))) = (&mut self.told, self.runs.last()) {
            told.push((*kind, name()));
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

    /// Nothing is not the same as an empty text.
    pub fn maybe(self, text: Option<&str>) -> Self {
        self.all(text.into_iter(), Print::text)
    }

    /// A piece.
    pub fn number(mut self, number: u64) -> Self {
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// Pieces, and how many there are.
    pub fn all<T>(self, items: impl Iterator<Item = T>, add: impl Fn(Print, T) -> Print) -> Self {
        let mut n_items = 0;
        let print = items.fold(self, |print, item| {
            n_items += 1;
            add(print, item)
        });
        print.number(n_items)
    }

    /// Where the links of a page lead, and how large the pictures are that it shows, gated ones too.
    pub fn links(self, page: &Page, files: &CopiedFiles) -> Self {
        let links = page.links.iter().enumerate();
        self.of(Ingredient::Links).all(links, |print, (link, it)| {
            print
                .name(|| it.href.to_string())
                .text(&it.href)
                .number(u64::from(it.to.is_dead()))
                .number(u64::from(it.to == Destination::Withheld))
                .size(files.size(page, link))
        })
    }

    /// A piece.
    pub fn size(self, size: Option<PictureSize>) -> Self {
        self.all(size.into_iter(), |print, it| {
            print.number(it.width.into()).number(it.height.into())
        })
    }

    /// Of all pieces.
    pub fn hash(self) -> Hash {
        *blake3::hash(&self.bytes).as_bytes()
    }

    /// Of all pieces and of each kind.
    pub fn fingerprint(self) -> Fingerprint {
        let ends = self.runs.iter().skip(1).map(|it| it.1);
        let ends = ends.chain([self.bytes.len()]);
        let runs = self.runs.iter().zip(ends);
        let runs = runs.map(|((kind, start), end)| (*kind, &self.bytes[*start..end]));
        Fingerprint::of(&self.bytes, runs)
    }

    /// The names of its pieces, each once, by kind.
    pub fn told(self) -> Vec<(Ingredient, String)> {
        let mut told = self.told.unwrap_or_default();
        told.sort();
        told.dedup();
        told
    }
}
