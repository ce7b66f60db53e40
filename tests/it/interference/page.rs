//! One Markdown file in two variants: how it is cut, its runs, and the definitions at its end.

use crate::interference::site::Site;
use crate::interference::text::{self, Use};
use crate::interference::{SECRET, site::Files};

/// What is gated, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing.
    Open,
    /// What follows `<!-- more -->`, by the page's `access`.
    Tail,
    /// What follows the third block.
    Teaser,
    /// Parts between markers; the last may run to the end.
    Parts,
    /// A part, and then what follows the divider.
    PartThenTail,
    /// What follows Ghost's marker.
    Rest,
    /// Nothing by the divider of a page that is all teaser, and a part.
    AllTeaser,
}

pub const CUTS: [Cut; 7] = [
    Cut::Open,
    Cut::Tail,
    Cut::Teaser,
    Cut::Parts,
    Cut::PartThenTail,
    Cut::Rest,
    Cut::AllTeaser,
];

impl Cut {
    /// Whether its head has an `access`.
    pub fn has_access(self) -> bool {
        matches!(
            self,
            Cut::Tail | Cut::Teaser | Cut::PartThenTail | Cut::AllTeaser
        )
    }
}

/// A text that is being written.
pub struct Page<'s> {
    site: &'s mut Site,
    files: &'s Files,
    /// Whether readers see it: nothing of a draft is told to them.
    is_built: bool,
    blocks: [Vec<String>; 2],
    /// Definitions at the end, in both variants or one of them.
    definitions: Vec<[Option<String>; 2]>,
}

impl<'s> Page<'s> {
    /// The body of a page, twice.
    pub fn write(
        site: &'s mut Site,
        files: &'s Files,
        (cut, access, is_built): (Cut, &str, bool),
    ) -> [String; 2] {
        let mut page = Page {
            site,
            files,
            is_built,
            blocks: Default::default(),
            definitions: Vec::new(),
        };
        page.runs(cut, access);
        page.end()
    }

    fn runs(&mut self, cut: Cut, access: &str) {
        match cut {
            Cut::Open => self.public_run(),
            Cut::Tail => {
                self.public_run();
                self.both("<!-- more -->");
                self.gated_run();
            }
            Cut::Teaser => {
                for _ in 0..3 {
                    let words = self.site.chance.words(6);
                    self.both(&words);
                }
                // Without any gated text the page would be an error.
                self.both(SECRET);
                self.gated_run();
            }
            Cut::Parts => self.parts(),
            Cut::PartThenTail => {
                self.public_run();
                self.part(access, true);
                self.public_run();
                self.both("<!-- more -->");
                self.gated_run();
            }
            Cut::Rest => {
                self.public_run();
                self.both("<!--members-only-->");
                self.gated_run();
            }
            Cut::AllTeaser => {
                self.public_run();
                self.part(access, true);
                self.public_run();
            }
        }
    }

    fn parts(&mut self) {
        let divided_at = self.site.chance.below(6);
        let n_parts = 1 + self.site.chance.below(3);
        for n in 1..=n_parts {
            if !self.site.chance.once_in(4) {
                self.public_run();
            }
            if n == divided_at {
                self.both("<!-- more -->");
            }
            let access = *self.site.chance.pick(&["members", "paid", "tier:pro"]);
            let is_closed = n < n_parts || self.site.chance.once_in(2);
            self.part(access, is_closed);
            if is_closed && n == n_parts {
                self.public_run();
            }
        }
    }

    fn part(&mut self, access: &str, is_closed: bool) {
        self.both(&format!("<!-- {access} -->"));
        self.gated_run();
        if is_closed {
            self.both(&format!("<!-- /{access} -->"));
        }
    }

    fn both(&mut self, block: &str) {
        self.blocks.iter_mut().for_each(|it| it.push(block.into()));
    }

    /// Blocks that anyone may read, with a word that must arrive.
    fn public_run(&mut self) {
        let word = format!("openword{}q", self.site.number());
        let words = self.site.chance.words(4);
        self.both(&format!("{word} {words}"));
        if self.is_built {
            self.site.words.push(word);
        }
        for _ in 0..self.site.chance.below(4) {
            let block = match self.site.chance.below(5) {
                0 | 1 => self.open_use(),
                2 => self.open_definition(),
                3 => self.site.link(),
                _ => text::public(&mut self.site.chance),
            };
            self.both(&block);
        }
    }

    fn open_file(&mut self) -> Use {
        let file = self.site.chance.pick(&self.files.open).clone();
        if self.is_built {
            self.site.uses(&file);
        }
        file
    }

    fn open_use(&mut self) -> String {
        let file = self.open_file();
        let is_html = self.site.is_html;
        text::seen(&mut self.site.chance, &file, &self.files.folder, is_html)
    }

    /// A footnote or a link that is defined at the end of the file, and used in public text alone.
    fn open_definition(&mut self) -> String {
        let n = self.site.number();
        let (use_, definition) = if self.site.chance.once_in(2) {
            let words = self.site.chance.words(3);
            let picture = self.open_use();
            // A block of HTML in a footnote is indented, or it ends it.
            let picture = picture.replace('\n', "\n    ");
            (
                format!("Words.[^p{n}]"),
                format!("[^p{n}]: {words}\n\n    {picture}"),
            )
        } else {
            let file = self.open_file();
            let path = text::path(&mut self.site.chance, &file, &self.files.folder);
            (
                format!("A [link][q{n}]."),
                format!("[q{n}]: {path} \"Title\""),
            )
        };
        self.definitions
            .push([Some(definition.clone()), Some(definition)]);
        use_
    }

    /// Blocks that differ; now and then none in one of the variants, or in both.
    fn gated_run(&mut self) {
        let labels = [self.site.number(), self.site.number()];
        let mut definitions = [Vec::new(), Vec::new()];
        for (variant, defined) in definitions.iter_mut().enumerate() {
            let n_blocks = match self.site.gated[variant].below(4) {
                0 => 0,
                n => n + self.site.gated[variant].below(3),
            };
            for _ in 0..n_blocks {
                let block = self.gated_block(variant, labels, defined);
                self.blocks[variant].push(block);
            }
        }
        self.define(labels, &definitions);
    }

    fn gated_block(
        &mut self,
        variant: usize,
        labels: [usize; 2],
        defined: &mut Vec<usize>,
    ) -> String {
        let n = self.site.number();
        let is_html = self.site.is_html;
        let chance = &mut self.site.gated[variant];
        match chance.below(6) {
            0 | 1 => {
                let files = match chance.once_in(4) {
                    true => &self.files.open,
                    false => &self.files.secret,
                };
                let file = chance.pick(files).clone();
                text::any(chance, &file, &self.files.folder, is_html)
            }
            2 => {
                defined.push(0);
                format!("{SECRET}[^g{}]", labels[0])
            }
            3 => {
                defined.push(1);
                format!("![{SECRET}][h{}]", labels[1])
            }
            4 if chance.once_in(3) => {
                format!("{SECRET}[^i{n}]\n\n[^i{n}]: {SECRET} in the part")
            }
            _ => text::gated(chance, is_html),
        }
    }

    /// Definitions at the end of the file that one gated run uses, perhaps in one variant alone. Others are there though
    /// nobody uses them, and others are there only where they are used.
    fn define(&mut self, [note, link]: [usize; 2], used: &[Vec<usize>; 2]) {
        for which in 0..2 {
            if used.iter().all(|it| !it.contains(&which)) {
                continue;
            }
            let stays = self.site.chance.once_in(2);
            let texts = [0, 1].map(|variant| {
                let is_there = stays || used[variant].contains(&which);
                let chance = &mut self.site.gated[variant];
                let file = chance.pick(&self.files.secret).clone();
                let path = text::path(chance, &file, &self.files.folder);
                let definition = match which {
                    0 => format!(
                        "[^g{note}]: {SECRET} ![{SECRET}]({path}) {}",
                        chance.words(3)
                    ),
                    _ => format!("[h{link}]: {path} \"{SECRET}\""),
                };
                is_there.then_some(definition)
            });
            self.definitions.push(texts);
        }
    }

    fn end(mut self) -> [String; 2] {
        let order = self.site.chance.order(self.definitions.len());
        [0, 1].map(|variant| {
            let mut blocks = std::mem::take(&mut self.blocks[variant]);
            let definitions = order.iter().map(|at| &self.definitions[*at][variant]);
            blocks.extend(definitions.flatten().cloned());
            blocks.join("\n\n") + "\n"
        })
    }
}
