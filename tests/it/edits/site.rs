//! A site of small pages, made by a seed, that uses what the site wing has: sections in sections,
//! permalinks, two languages, gated parts, bundles, every taxonomy, series, drafts, dates to come and dates that pass.
//!
//! Its theme prints every view whole, so that a field which a build forgets to make anew is seen.

use crate::edits::chance::Chance;
use crate::edits::ways::Sources;
use crate::harness::{root, tree};
use lyceum::clock::Timestamp;
use std::collections::BTreeMap;

/// Folders that pages may lie in.
pub const SECTIONS: [&str; 6] = ["", "guides", "guides/deep", "notes", "blog", "指南"];
const WORDS: [&str; 24] = [
    "cache",
    "river",
    "index",
    "读者",
    "标签",
    "timber",
    "page",
    "window",
    "图书馆",
    "quiet",
    "copper",
    "edge",
    "measure",
    "graph",
    "**strong**",
    "*soft*",
    "`code`",
    "~~gone~~",
    "$x^2$",
    "margin",
    "garden",
    "\"quoted\"",
    "fi -- fo",
    "https://example.com/a",
];
/// What is not a page, at the beginning.
const THEME: [(&str, &str); 14] = [
    (
        "theme.toml",
        "name = \"whole\"\nextends = \"plain\"\n\n[extra]\ncolour = \"green\"\n",
    ),
    ("i18n/en.toml", "word = \"a word\"\n"),
    ("i18n/zh.toml", "word = \"一个词\"\n"),
    ("static/whole.css", "body { color: green }\n"),
    ("static/app.js", "console.log(1);\n"),
    (
        "templates/base.html",
        "<title>{{ head.title }}</title>\n{{ head }}\n{{ site.title }}{{ site.menu }}{{ site.taxonomies }}{{ site.extra }}{{ site.assets | get(key=\"whole.css\") }}\n{% include \"partials/foot.html\" %}\n{% block body %}{% endblock body %}\n",
    ),
    (
        "templates/partials/foot.html",
        "<footer>{{ t.word }}</footer>\n",
    ),
    (
        "templates/page.html",
        "{% extends \"base.html\" %}{% block body %}{{ page }}\n<main>{{ page.content | safe }}</main>{% endblock body %}\n",
    ),
    (
        "templates/wide.html",
        "{% extends \"base.html\" %}{% block body %}wide {{ page.title }}<main>{{ page.content | safe }}</main>{% endblock body %}\n",
    ),
    (
        "templates/section.html",
        "{% extends \"base.html\" %}{% block body %}{{ section }}{{ site }}{{ section.content | safe }}{{ pager }}{% endblock body %}\n",
    ),
    (
        "templates/taxonomy.html",
        "{% extends \"base.html\" %}{% block body %}{{ taxonomy }}{% endblock body %}\n",
    ),
    (
        "templates/term.html",
        "{% extends \"base.html\" %}{% block body %}{{ term }}{{ pager }}{% endblock body %}\n",
    ),
    (
        "templates/404.html",
        "{% extends \"base.html\" %}{% block body %}{{ site }}{{ t }}{% endblock body %}\n",
    ),
    ("templates/paywall.html", "{{ part }}{{ page }}\n"),
];

/// Settings that an edit may change: each has some texts, and an edit takes the next one.
pub const KNOBS: [(&str, &[&str]); 16] = [
    (
        "title",
        &["title = \"Edits\"\n", "title = \"Edits & <more>\"\n"],
    ),
    (
        "description",
        &["", "description = \"All that may change\"\n"],
    ),
    (
        "paginate_by",
        &[
            "paginate_by = 9\n",
            "paginate_by = 20\n",
            "paginate_by = 1000\n",
        ],
    ),
    (
        "timezone",
        &["timezone = \"Asia/Shanghai\"\n", "timezone = \"UTC\"\n"],
    ),
    (
        "base_url",
        &[
            "base_url = \"https://example.org/\"\n",
            "base_url = \"https://example.org/blog/\"\n",
        ],
    ),
    ("precompress", &["", "precompress = true\n"]),
    (
        "languages",
        &[
            "[[languages]]\ncode = \"zh-CN\"\nname = \"中文\"\ntitle = \"修改\"\n",
            "[[languages]]\ncode = \"zh-CN\"\nname = \"简体中文\"\ntitle = \"改\"\n",
        ],
    ),
    (
        "menu",
        &[
            "[[menu]]\ntitle = \"Guides\"\nurl = \"@/guides/_index.md\"\n",
            "[[menu]]\ntitle = { en = \"Tags\", zh-CN = \"标签\" }\nurl = \"/tags/\"\n",
            "",
        ],
    ),
    (
        "tiers",
        &[
            "[[tiers]]\nid = \"pro\"\nname = \"Pro\"\nrank = 2\nprice = { month = { CNY = 9000 } }\n",
            "[[tiers]]\nid = \"pro\"\nname = \"Pro\"\nrank = 2\nprice = { month = { CNY = 9900 } }\n",
            "[[tiers]]\nid = \"pro\"\nname = \"Professional\"\nrank = 2\ntrial_days = 7\nprice = { year = { USD = 100 } }\n\n[[tiers]]\nid = \"basic\"\nrank = 1\n",
        ],
    ),
    (
        "taxonomies",
        &[
            "[taxonomies.topics]\n",
            "[taxonomies.topics]\nfeed = true\n",
            "",
        ],
    ),
    (
        "feeds",
        &[
            "[feeds]\nlimit = 5\n",
            "[feeds]\nlimit = 5\nfull_text = false\n",
            "[feeds]\nrss = false\n",
        ],
    ),
    (
        "markdown",
        &[
            "",
            "[markdown]\nsmart_punctuation = true\n",
            "[markdown]\nline_numbers = true\nhard_breaks = true\n",
        ],
    ),
    ("paywall", &["", "[paywall]\nteaser = 1\n"]),
    (
        "members",
        &[
            "",
            "[members]\nsign_up = \"closed\"\n\n[scores]\nshown = false\n",
        ],
    ),
    (
        "permalinks",
        &["[permalinks]\nblog = \"/:year/:month/:slug/\"\n", ""],
    ),
    (
        "extra",
        &[
            "[extra]\nnumber = 1\n",
            "[extra]\nnumber = 2\ncolour = \"red\"\n",
        ],
    ),
];

/// One Markdown file, and the files beside it where it is a bundle.
#[derive(Clone)]
pub struct Page {
    /// Below `content/`, without an ending: `guides/p-7`.
    pub place: String,
    pub is_bundle: bool,
    /// Suffix of a translation.
    pub language: &'static str,
    /// Values as YAML.
    pub front: BTreeMap<&'static str, String>,
    pub free: Vec<String>,
    /// Word of the marker, and what stands behind it.
    pub gated: Option<(&'static str, Vec<String>)>,
    /// Files of a bundle.
    pub assets: BTreeMap<String, Vec<u8>>,
    /// A marker that is misspelt, so that the page is left out.
    pub is_faulty: bool,
}

impl Page {
    fn new(place: String) -> Self {
        Page {
            place,
            is_bundle: false,
            language: "",
            front: BTreeMap::new(),
            free: Vec::new(),
            gated: None,
            assets: BTreeMap::new(),
            is_faulty: false,
        }
    }

    /// Below the root of the site.
    pub fn file(&self) -> String {
        let index = if self.is_bundle { "/index" } else { "" };
        format!("content/{}{index}{}.md", self.place, self.language)
    }

    /// As a link from any other page.
    pub fn link(&self) -> String {
        self.file().replacen("content/", "@/", 1)
    }

    /// Whether it is the page of a section.
    pub fn is_index(&self) -> bool {
        self.place.ends_with("_index")
    }

    fn markdown(&self) -> String {
        let mut text = String::from("---\n");
        for (key, value) in &self.front {
            text += &format!("{key}: {value}\n");
        }
        text += "---\n\n";
        text += &self.free.join("\n\n");
        if self.is_faulty {
            text += "\n\n<!-- member -->";
        }
        if let Some((access, blocks)) = &self.gated {
            text += &format!(
                "\n\n<!-- {access} -->\n\n{}\n\n<!-- /{access} -->",
                blocks.join("\n\n")
            );
        }
        text + "\n"
    }
}

/// The site as edits see it.
#[derive(Clone)]
pub struct Site {
    pub pages: Vec<Page>,
    /// Everything that is neither a page nor `site.toml`, by its path below the root.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Which text each of [`KNOBS`] has.
    pub knobs: [usize; KNOBS.len()],
    pub now: Timestamp,
    /// `--drafts`, `--future` and `--expired`.
    pub asked: [bool; 3],
    /// Settings that cannot be read.
    pub is_broken: bool,
    n_made: usize,
}

impl Site {
    /// The site of a seed, with some translations among its pages.
    pub fn new(seed: u64, n_pages: usize) -> Self {
        let mut chance = Chance::new(seed, usize::MAX);
        let mut files = whole_theme();
        for (path, text) in [
            ("content/shared.svg", svg(1)),
            ("content/guides/plan.svg", svg(2)),
            ("content/guides/secret.svg", svg(3)),
            ("content/notes/notes.txt", "plain".into()),
            (
                "content/notes/look.css",
                "a { background: url(../guides/secret.svg) }".into(),
            ),
            ("static/robots-are.txt", "welcome".into()),
            ("static/whole.css", "body { color: blue }\n".into()),
            ("data/numbers.toml", "one = 1\n".into()),
            ("i18n/en.toml", "tier_pro = \"The pro tier\"\n".into()),
        ] {
            files.insert(path.into(), text.into_bytes());
        }
        for path in PIXELS {
            files.insert(path.into(), png(5));
        }
        let mut site = Site {
            pages: Vec::new(),
            files,
            knobs: [0; KNOBS.len()],
            now: Timestamp::parse("2026-01-05T08:00:00Z").unwrap(),
            asked: [false; 3],
            is_broken: false,
            n_made: 0,
        };
        for section in SECTIONS {
            let place = format!("{section}/_index")
                .trim_start_matches('/')
                .to_owned();
            let mut page = Page::new(place);
            page.front
                .insert("title", quoted(&format!("Section {section}")));
            page.free.push(chance.words(6));
            site.pages.push(page);
        }
        let n_translated = n_pages / 7;
        for _ in 0..n_pages - n_translated {
            site.add(&mut chance);
        }
        for n in 0..n_translated {
            let original = site.pages[n * 5].clone();
            site.pages.push(translated(&original));
        }
        site
    }

    /// A new page in some section; gives its place in the list.
    pub fn add(&mut self, chance: &mut Chance) -> usize {
        self.n_made += 1;
        let (n, section) = (self.n_made, chance.pick(&SECTIONS));
        let name = if chance.once_in(6) {
            format!("页 {n}")
        } else {
            format!("p-{n}")
        };
        let mut page = Page::new(
            format!("{section}/{name}")
                .trim_start_matches('/')
                .to_owned(),
        );
        let day = chance.below(700);
        page.front
            .insert("title", quoted(&format!("Page {n} {}", chance.words(2))));
        page.front.insert(
            "date",
            format!(
                "20{}-{:02}-{:02}",
                24 + day / 360,
                day / 30 % 12 + 1,
                day % 28 + 1
            ),
        );
        page.front.insert("tags", chance.terms("tag", 12, 2));
        page.front.insert("authors", chance.terms("Author", 4, 1));
        page.front
            .insert("categories", chance.terms("category", 6, 1));
        for (key, one_in) in [
            ("series", 6),
            ("topics", 5),
            ("weight", 5),
            ("description", 3),
            ("aliases", 9),
            ("comments", 9),
            ("cover", 5),
        ] {
            if chance.once_in(one_in) {
                let value = value_of(key, chance);
                page.front.insert(key, value);
            }
        }
        match chance.below(30) {
            0 => drop(page.front.insert("draft", "true".into())),
            1 => drop(
                page.front
                    .insert("publish_at", format!("2026-01-{:02}", 6 + chance.below(9))),
            ),
            2 => drop(
                page.front
                    .insert("expires_at", format!("2026-01-{:02}", 6 + chance.below(9))),
            ),
            3 => drop(page.front.insert("access", "members".into())),
            _ => {}
        }
        page.is_bundle = chance.once_in(8);
        for _ in 0..1 + chance.below(3) {
            let block = self.block(chance);
            page.free.push(block);
        }
        if page.is_bundle {
            page.assets.insert("map.svg".into(), svg(n).into_bytes());
            page.free.push("![Map](map.svg)".into());
        }
        if chance.once_in(3) {
            let access = *chance.pick(&["members", "paid", "tier:pro"]);
            let mut blocks = vec![format!("zebra {}", self.block(chance))];
            if page.is_bundle {
                page.assets
                    .insert("secret.svg".into(), svg(1000 + n).into_bytes());
                blocks.push("![Secret](secret.svg)".into());
            }
            page.gated = Some((access, blocks));
        }
        self.pages.push(page);
        self.pages.len() - 1
    }

    /// One block of Markdown.
    pub fn block(&self, chance: &mut Chance) -> String {
        let words = chance.words(8);
        match chance.below(14) {
            0 => format!("## Heading {}\n\n{words}", chance.below(9)),
            1 => format!("- {words}\n- [x] {}", chance.words(3)),
            2 => format!(
                "```rust\nfn main() {{ println!(\"{}\"); }}\n```",
                chance.below(99)
            ),
            3 => format!("| a | b |\n|---|---|\n| {words} | {} |", chance.below(99)),
            4 => format!("> [!NOTE]\n> {words}"),
            5 => "![Shared](/shared.svg)".into(),
            6 => "<!-- more -->".into(),
            10 => "![Pixels](/pixels.png) and ![Logo](/logo.png \"Small\")".into(),
            7 | 8 if !self.pages.is_empty() => {
                let other = chance.pick(&self.pages);
                format!("{words} [other]({})", other.link().replace(' ', "%20"))
            }
            9 if !self.pages.is_empty() => {
                let other = chance.pick(&self.pages);
                format!(
                    "[part]({}#heading-{})",
                    other.link().replace(' ', "%20"),
                    chance.below(9)
                )
            }
            11 if !self.pages.is_empty() => {
                let other = chance.pick(&self.pages).link();
                let name = other.rsplit('/').next().unwrap_or_default();
                format!("[[{name}]] [[{name}#Heading {}|{words}]]", chance.below(9))
            }
            _ => words,
        }
    }

    /// The files that this site is.
    pub fn sources(&self) -> Sources {
        let mut files = self.files.clone();
        let knobs = KNOBS.iter().zip(self.knobs);
        let mut settings: String = knobs.map(|((_, texts), at)| texts[at]).collect();
        settings.insert_str(0, "theme = \"whole\"\n");
        if self.is_broken {
            settings.push_str("\n[broken\n");
        }
        files.insert("site.toml".into(), settings.into_bytes());
        for page in &self.pages {
            files.insert(page.file(), page.markdown().into_bytes());
            for (name, bytes) in &page.assets {
                files.insert(format!("content/{}/{name}", page.place), bytes.clone());
            }
        }
        Sources {
            files,
            now: self.now,
            asked: self.asked,
        }
    }
}

impl Chance {
    /// Words of prose.
    pub fn words(&mut self, n: usize) -> String {
        let words: Vec<&str> = (0..n).map(|_| *self.pick(&WORDS)).collect();
        words.join(" ")
    }

    fn terms(&mut self, name: &str, n_known: usize, n: usize) -> String {
        let terms: Vec<String> = (0..n)
            .map(|_| format!("{name} {}", self.below(n_known)))
            .collect();
        format!("[{}]", terms.join(", "))
    }
}

/// The files of the theme `whole`, which prints every view whole, and of the one that it inherits.
pub fn whole_theme() -> BTreeMap<String, Vec<u8>> {
    let plain = tree(&root().join("tests/sites/_theme")).into_iter();
    let plain = plain.map(|(path, bytes)| (format!("themes/plain/{path}"), bytes));
    let whole = THEME.iter();
    let whole =
        whole.map(|(path, text)| (format!("themes/whole/{path}"), text.as_bytes().to_vec()));
    plain.chain(whole).collect()
}

/// A value for a field of front matter, as YAML.
pub fn value_of(key: &str, chance: &mut Chance) -> String {
    let n = chance.below(1000);
    match key {
        "tags" => chance.terms("tag", 12, 2),
        "authors" => chance.terms("Author", 4, 2),
        "categories" => chance.terms("category", 6, 1),
        "topics" => chance.terms("topic", 4, 2),
        "series" => format!("{{ name: Series {}, part: {} }}", n % 8, n % 9),
        "weight" => n.to_string(),
        "date" | "updated" => format!(
            "2025-{:02}-{:02}T{:02}:00:00+08:00",
            n % 12 + 1,
            n % 28 + 1,
            n % 24
        ),
        "publish_at" | "expires_at" => format!("2026-01-{:02}", 6 + n % 20),
        "aliases" => format!("[/old/{n}/, \"/旧/{n}.html\"]"),
        "slug" => format!("slug {n}"),
        "draft" | "comments" | "noindex" | "toc" => ["true", "false"][n % 2].into(),
        "access" => (*chance.pick(&["members", "paid", "pro", "public"])).into(),
        "cover" => (*chance.pick(&[
            "/shared.svg",
            "{ src: /whole.css, alt: none }",
            "map.svg",
            "/pixels.png",
        ]))
        .into(),
        "template" => "wide.html".into(),
        "sort_by" => (*chance.pick(&["date", "weight", "title"])).into(),
        "scores" => format!("{{ expertise: {}, practicality: {} }}", n % 10, n % 7),
        "extra" => format!("{{ n: {n}, list: [1, {n}] }}"),
        "id" => format!("id-{n}"),
        _ => quoted(&chance.words(4)),
    }
}

/// The same page in Chinese.
pub fn translated(page: &Page) -> Page {
    let mut page = page.clone();
    page.language = ".zh";
    page.front.insert("title", quoted("译文"));
    page.front.remove("aliases");
    page.front.remove("id");
    page.free.push("你好，*世界*。".into());
    page.assets.clear();
    page
}

/// A text in YAML.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Pictures of pixels, beside pages and below `static/`.
pub const PIXELS: [&str; 2] = ["content/pixels.png", "static/logo.png"];

/// A picture of pixels with a size of its own; as long as any other one.
pub fn png(n: u8) -> Vec<u8> {
    let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0".as_slice();
    [head, &[n.max(1)], b"\0\0\0\x28", b"\x08\0\0\0\0"].concat()
}

/// A picture with a size of its own.
pub fn svg(n: usize) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{0}\"><rect/></svg>",
        10 + n
    )
}
