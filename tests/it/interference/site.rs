//! A site of a seed in two variants that differ in gated text alone, and what must be public of both.

use crate::edits::chance::Chance;
use crate::edits::site::whole_theme;
use crate::edits::ways::Sources;
use crate::interference::page::{CUTS, Cut, Page};
use crate::interference::text::Use;
use crate::interference::{SECRET, Tree};
use lyceum::clock::Timestamp;
use std::collections::BTreeSet;

const FOLDERS: [&str; 4] = ["", "guides", "指南", "guides/deep"];
/// Endings of files beside pages; those with text may name others.
const ENDINGS: [&str; 7] = ["svg", "png", "dat", "pdf", "css", "html", "json"];
const SETTINGS: &str =
    "title = \"Pairs\"\nbase_url = \"https://example.org/base/\"\ntheme = \"whole\"\n";
const CHINESE: &str = "[[languages]]\ncode = \"zh-CN\"\n";
const TIERS: &str = r#"[[tiers]]
id = "pro"
name = "Pro"
rank = 2
price = { month = { CNY = 9000 } }
"#;
/// Other settings, each on some sites.
const KNOBS: [&str; 6] = [
    "paginate_by = 2\n",
    "[feeds]\nfull_text = false\n",
    "[markdown]\nsmart_punctuation = true\nhard_breaks = true\n",
    "[markdown]\nraw_html = false\n",
    "[permalinks]\nguides = \"/:year/:slug/\"\n",
    "",
];

/// Both variants of a site.
pub struct Pair {
    pub variants: [Sources; 2],
    /// Names of files that public text uses.
    pub used: BTreeSet<String>,
    /// Words of public text.
    pub words: Vec<String>,
    /// Names of files in each variant that no public text uses, and no draft.
    pub kept: [BTreeSet<String>; 2],
}

/// A site that is being made.
pub struct Site {
    /// Draws what both variants have.
    pub chance: Chance,
    /// Draw what one of them has.
    pub gated: [Chance; 2],
    /// Whether HTML in Markdown is HTML.
    pub is_html: bool,
    /// Whether it has two languages.
    is_chinese: bool,
    /// See [`Pair::words`].
    pub words: Vec<String>,
    used: BTreeSet<String>,
    /// Names of files that a file names.
    named: Vec<(String, String)>,
    kept: [BTreeSet<String>; 2],
    files: [Tree; 2],
    pages: Vec<String>,
    n_made: usize,
}

/// Files that the texts of a folder may use.
pub struct Files {
    pub folder: String,
    /// What public text may name.
    pub open: Vec<Use>,
    /// What no public text names.
    pub secret: Vec<Use>,
}

impl Pair {
    /// The site of a seed.
    pub fn new(seed: u64, step: usize) -> Self {
        let mut chance = Chance::new(seed, step);
        let knob = *chance.pick(&KNOBS);
        let packed = match step % 50 {
            49 => "precompress = true\n",
            _ => "",
        };
        let is_chinese = chance.once_in(3);
        let languages = if is_chinese { CHINESE } else { "" };
        let mut site = Site {
            chance,
            gated: [1, 2].map(|it| Chance::new(seed.wrapping_add(it << 32), step)),
            is_html: !knob.contains("raw_html"),
            is_chinese,
            words: Vec::new(),
            used: BTreeSet::new(),
            named: Vec::new(),
            kept: Default::default(),
            files: [whole_theme(), whole_theme()],
            pages: Vec::new(),
            n_made: 0,
        };
        site.add(
            "site.toml",
            &format!("{SETTINGS}{packed}{knob}{languages}{TIERS}"),
        );
        let n_folders = 1 + site.chance.below(3);
        for at in site.chance.order(FOLDERS.len()).into_iter().take(n_folders) {
            site.folder(FOLDERS[at]);
        }
        site.pair()
    }

    /// The files in which the variants differ, for whoever has to find out why.
    pub fn shown(&self) -> String {
        let [one, other] = &self.variants;
        let is_same = |path: &&String| one.files.get(*path) == other.files.get(*path);
        let mut paths: BTreeSet<&String> = one.files.keys().chain(other.files.keys()).collect();
        paths.retain(|it| !is_same(it) && it.ends_with(".md"));
        let shown = paths.into_iter().map(|path| {
            let text = |it: &Sources| String::from_utf8_lossy(&it.files[path]).into_owned();
            format!("=== {path}\n{}\n=== or\n{}", text(one), text(other))
        });
        shown.collect::<Vec<_>>().join("\n")
    }
}

impl Site {
    /// A number that this site has not had.
    pub fn number(&mut self) -> usize {
        self.n_made += 1;
        self.n_made
    }

    /// Notes that public text uses a file.
    pub fn uses(&mut self, file: &Use) {
        self.used.insert(file.name.clone());
    }

    /// A link to a page that is there already, perhaps to a heading that its gated text may have.
    pub fn link(&mut self) -> String {
        if self.pages.is_empty() {
            return self.chance.words(3);
        }
        let page = self.chance.pick(&self.pages).clone();
        let anchor = *self.chance.pick(&["", "#setup", "#shared-part"]);
        match self.chance.below(3) {
            0 => format!("See [[/{page}{anchor}]], [[{page}|there]] and [[#Shared part]]."),
            _ => format!("See [there](@/{page}{anchor}) and [here](#setup)."),
        }
    }

    fn add(&mut self, path: &str, text: &str) {
        for files in &mut self.files {
            files.insert(path.into(), text.into());
        }
    }

    fn folder(&mut self, folder: &str) {
        let files = self.files_in(folder);
        let prefix = prefix(folder);
        // Without any gated part all files would be public.
        let cut = match self.pages.is_empty() {
            true => Cut::Parts,
            false => *self.chance.pick(&[Cut::Open, Cut::Open, Cut::Parts]),
        };
        self.page(&format!("{prefix}_index"), &files, cut);
        for _ in 0..1 + self.chance.below(3) {
            let n = self.number();
            let cut = *self.chance.pick(&CUTS);
            match self.chance.once_in(4) {
                true => {
                    let bundle = format!("{prefix}b-{n}");
                    let files = self.files_in(&bundle);
                    self.page(&format!("{bundle}/index"), &files, cut);
                }
                false => self.page(&format!("{prefix}p-{n}"), &files, cut),
            }
        }
    }

    /// Files beside the pages of a folder. Some are there in one variant alone: those that no public text names.
    fn files_in(&mut self, folder: &str) -> Files {
        let mut files = Files {
            folder: folder.into(),
            open: Vec::new(),
            secret: Vec::new(),
        };
        for is_open in [true, true, true, false, false, false] {
            let n = self.number();
            let stem = match (is_open, self.chance.once_in(3)) {
                (true, true) => "开放",
                (true, false) => "open",
                (false, _) => SECRET,
            };
            let name = format!("{stem}-{n}.{}", self.chance.pick(&ENDINGS));
            let named = match is_open {
                true => self.named_by(folder, &name),
                false => format!("\"{SECRET}-{}.dat\"", n - 1),
            };
            for variant in 0..2 {
                let words = if is_open { "open" } else { SECRET };
                let text = match is_open {
                    true => format!("<svg>{words} {named}</svg>"),
                    false => format!("<svg>{words} {named} {variant}</svg>"),
                };
                let is_there = is_open || !self.gated[variant].once_in(5);
                let path = format!("content/{}{name}", prefix(folder));
                // Drafts use the first of those that are secret.
                if is_there && !is_open && !files.secret.is_empty() {
                    self.kept[variant].insert(name.clone());
                }
                if is_there {
                    self.files[variant].insert(path, text.into_bytes());
                }
            }
            let list = if is_open {
                &mut files.open
            } else {
                &mut files.secret
            };
            list.push(Use {
                folder: folder.into(),
                name,
            });
        }
        files
    }

    /// The text by which a file names another that is there for it alone; nothing for a file without text.
    fn named_by(&mut self, folder: &str, name: &str) -> String {
        let has_text = ["css", "html", "json", "svg"]
            .iter()
            .any(|it| name.ends_with(it));
        if !has_text || self.chance.once_in(2) {
            return String::new();
        }
        let other = format!("inner-{}.dat", self.number());
        let path = format!("content/{}{other}", prefix(folder));
        self.add(&path, "open");
        self.named.push((name.to_owned(), other.clone()));
        match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "html" => format!("<img src=\"./{other}\">"),
            "svg" => format!("<svg><image href='./{other}'/></svg>"),
            "json" => format!("{{\"file\": \"./{other}\"}}"),
            _ => format!("a {{ background: url('./{other}') }}"),
        }
    }

    /// A page, and perhaps its translation.
    fn page(&mut self, place: &str, files: &Files, cut: Cut) {
        let is_built = place.ends_with("_index") || !self.chance.once_in(6);
        if !is_built && place.ends_with("/index") {
            // The files of a bundle are built with its page.
            for kept in &mut self.kept {
                kept.retain(|name| files.secret.iter().all(|it| it.name != *name));
            }
        }
        let access = *self.chance.pick(&["members", "paid", "tier:pro"]);
        let has_translation = self.is_chinese && self.chance.once_in(2);
        for language in ["", ".zh-CN"].iter().take(1 + usize::from(has_translation)) {
            let mut head = self.head(files, (is_built, !cut.has_access()));
            match cut.has_access() && is_built {
                true => head += &format!("access: {access}\n"),
                // A translation must say so.
                false => head += "access: public\n",
            }
            if cut == Cut::AllTeaser && is_built {
                head += "teaser: all\n";
            }
            // A draft's text is as secret as a gated one, and the same in both variants.
            let bodies = match is_built {
                true => Page::write(self, files, (cut, access, true)),
                false => [(); 2].map(|()| {
                    format!(
                        "{SECRET}\n\n<object data={}></object>\n",
                        files.secret[0].name
                    )
                }),
            };
            let path = format!("{place}{language}.md");
            for (tree, body) in self.files.iter_mut().zip(bodies) {
                let text = format!("---\n{head}---\n\n{body}");
                tree.insert(format!("content/{path}"), text.into_bytes());
            }
            if is_built {
                self.pages.push(path);
            }
        }
    }

    fn head(&mut self, files: &Files, (is_built, is_open): (bool, bool)) -> String {
        let n = self.number();
        let mut head = match self.chance.once_in(4) {
            true => String::new(),
            false => format!("title: Page {n}\n"),
        };
        head += &format!("date: 2025-{:02}-{:02}\n", n % 12 + 1, n % 28 + 1);
        if self.chance.once_in(2) {
            head += &format!("tags: [tag-{}]\n", n % 2);
        }
        if !is_built {
            let hidden = self.chance.pick(&["draft: true", "publish_at: 2999-01-01"]);
            head += &format!("{hidden}\n");
        }
        if is_built && is_open && self.chance.once_in(4) {
            let hero = self.chance.pick(&files.open).clone();
            self.uses(&hero);
            head += &format!("hero: {}\n", hero.name);
        }
        if is_built && self.chance.once_in(5) {
            let cover = self.chance.pick(&files.open).clone();
            self.uses(&cover);
            head += &format!("cover: {}\n", cover.name);
        }
        head
    }

    fn pair(mut self) -> Pair {
        for (file, named) in &self.named {
            if self.used.contains(file) {
                self.used.insert(named.clone());
            }
        }
        let now = Timestamp::parse("2026-01-05T08:00:00Z").unwrap();
        let variants = self.files.map(|files| Sources {
            files,
            now,
            asked: [false; 3],
        });
        Pair {
            variants,
            used: self.used,
            words: self.words,
            kept: self.kept,
        }
    }
}

fn prefix(folder: &str) -> String {
    match folder {
        "" => String::new(),
        _ => format!("{folder}/"),
    }
}
