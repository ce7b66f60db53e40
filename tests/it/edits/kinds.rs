//! Every kind of edit: what it does to a site, and in words what it has done. `None` where there is nothing to do it to.

use crate::edits::chance::Chance;
use crate::edits::site::{
    KNOBS, PIXELS, Page, SECTIONS, Site, png, quoted, svg, translated, value_of,
};

/// One kind of edit.
pub struct Kind {
    pub name: &'static str,
    apply: Apply,
}

type Change = fn(&mut Site, &mut Chance) -> Option<String>;

enum Apply {
    Change(Change),
    /// A field of front matter gets another value, or goes.
    Field,
    /// A setting gets its next text.
    Knob(usize),
}

const FIELDS: [&str; 27] = [
    "tags",
    "categories",
    "authors",
    "topics",
    "series",
    "date",
    "updated",
    "weight",
    "title",
    "slug",
    "aliases",
    "description",
    "summary",
    "draft",
    "publish_at",
    "expires_at",
    "access",
    "cover",
    "template",
    "comments",
    "noindex",
    "toc",
    "scores",
    "extra",
    "id",
    "sort_by",
    "canonical",
];

const CHANGES: [(&str, Change); 45] = [
    ("nothing", |_, _| Some(String::new())),
    ("body", |site, chance| {
        let block = site.block(chance);
        let page = any(site, chance, |it| !it.free.is_empty())?;
        let at = chance.below(page.free.len());
        page.free[at] = block;
        Some(page.file())
    }),
    ("body, same length", |site, chance| {
        let page = any(site, chance, |it| {
            it.free.iter().any(|block| block.contains('e'))
        })?;
        page.free = page
            .free
            .iter()
            .map(|block| block.replace('e', "a"))
            .collect();
        Some(page.file())
    }),
    ("body longer", |site, chance| {
        let block = site.block(chance);
        let page = any(site, chance, |_| true)?;
        page.free.push(block);
        Some(page.file())
    }),
    ("body shorter", |site, chance| {
        let page = any(site, chance, |it| it.free.len() > 1)?;
        page.free.pop();
        Some(page.file())
    }),
    ("gated text", |site, chance| {
        let block = site.block(chance);
        let page = any(site, chance, |it| it.gated.is_some())?;
        page.gated.as_mut()?.1[0] = format!("zebra {block}");
        Some(page.file())
    }),
    ("gate", |site, chance| {
        let page = any(site, chance, |it| it.gated.is_none() && it.free.len() > 1)?;
        page.gated = Some(("members", page.free.split_off(1)));
        Some(page.file())
    }),
    ("ungate", |site, chance| {
        let page = any(site, chance, |it| it.gated.is_some())?;
        let (_, blocks) = page.gated.take()?;
        page.free.extend(blocks);
        Some(page.file())
    }),
    ("marker", |site, chance| {
        let page = any(site, chance, |it| it.gated.is_some())?;
        let (access, _) = page.gated.as_mut()?;
        *access = ["members", "paid", "tier:pro"]
            .into_iter()
            .find(|it| it != access)?;
        Some(page.file())
    }),
    ("rename", |site, chance| {
        let n = chance.below(10_000);
        let page = any(site, chance, |it| !it.is_index())?;
        let before = page.file();
        let folder = page.place.rsplit_once('/').map_or("", |(folder, _)| folder);
        page.place = format!("{folder}/renamed-{n}")
            .trim_start_matches('/')
            .to_owned();
        Some(format!("{before} to {}", page.file()))
    }),
    ("move", |site, chance| {
        let section = *chance.pick(&SECTIONS);
        let taken: Vec<String> = site.pages.iter().map(Page::file).collect();
        let page = any(site, chance, |it| !it.is_index())?;
        let before = page.place.clone();
        let name = before.rsplit('/').next()?;
        page.place = format!("{section}/{name}")
            .trim_start_matches('/')
            .to_owned();
        if taken.contains(&page.file()) {
            page.place = before;
            return None;
        }
        Some(format!("{before} to {}", page.place))
    }),
    ("swap names", |site, chance| {
        let is_plain = |it: &Page| !it.is_index() && !it.is_bundle && it.language.is_empty();
        let [one, other] = [pick(site, chance, is_plain)?, pick(site, chance, is_plain)?];
        let place = site.pages[one].place.clone();
        site.pages[one].place = std::mem::replace(&mut site.pages[other].place, place);
        Some(format!(
            "{} and {}",
            site.pages[one].place, site.pages[other].place
        ))
    }),
    ("delete", |site, chance| {
        let at = pick(site, chance, |it| !it.is_index())?;
        Some(site.pages.remove(at).file())
    }),
    ("delete a section's page", |site, chance| {
        let at = pick(site, chance, Page::is_index)?;
        Some(site.pages.remove(at).file())
    }),
    ("add", |site, chance| {
        let at = site.add(chance);
        Some(site.pages[at].file())
    }),
    ("a tag that nobody has", |site, chance| {
        let n = chance.below(1000);
        let page = any(site, chance, |_| true)?;
        page.front.insert("tags", format!("[new {n}, 新 {n}]"));
        Some(page.file())
    }),
    ("a tag in other letters", |site, chance| {
        let page = any(site, chance, |it| it.front.contains_key("tags"))?;
        let tags = page.front["tags"].replace("tag", "TAG");
        page.front.insert("tags", tags);
        Some(page.file())
    }),
    ("an address that is taken", |site, chance| {
        let other = site.pages[pick(site, chance, |it| !it.is_index())?]
            .place
            .clone();
        let page = any(site, chance, |it| !it.is_index())?;
        page.front
            .insert("path", quoted(&format!("/{}/", other.replace(' ', "-"))));
        Some(format!("{} takes that of {other}", page.file()))
    }),
    ("addresses freed", |site, _| {
        let n_taken = site
            .pages
            .iter_mut()
            .filter_map(|it| it.front.remove("path"))
            .count();
        (n_taken > 0).then(|| format!("of {n_taken} pages"))
    }),
    ("fault", |site, chance| {
        let page = any(site, chance, |it| !it.is_faulty)?;
        page.is_faulty = true;
        Some(page.file())
    }),
    ("repair", |site, chance| {
        let page = any(site, chance, |it| it.is_faulty)?;
        page.is_faulty = false;
        Some(page.file())
    }),
    ("translation added", |site, chance| {
        let at = pick(site, chance, |it| it.language.is_empty())?;
        let page = translated(&site.pages[at]);
        let file = page.file();
        let is_there = site.pages.iter().any(|it| it.file() == file);
        (!is_there).then(|| site.pages.push(page))?;
        Some(file)
    }),
    ("translation removed", |site, chance| {
        let at = pick(site, chance, |it| !it.language.is_empty())?;
        Some(site.pages.remove(at).file())
    }),
    ("bundle made of a page", |site, chance| {
        let page = any(site, chance, |it| !it.is_bundle && !it.is_index())?;
        page.is_bundle = true;
        page.assets
            .insert("map.svg".into(), svg(chance.below(50)).into_bytes());
        Some(page.file())
    }),
    ("page made of a bundle", |site, chance| {
        let page = any(site, chance, |it| it.is_bundle)?;
        page.is_bundle = false;
        page.assets.clear();
        Some(page.file())
    }),
    ("asset bytes", |site, chance| {
        let picture = svg(chance.below(50)).into_bytes();
        let page = any(site, chance, |it| !it.assets.is_empty())?;
        let name = page.assets.keys().next()?.clone();
        page.assets.insert(name.clone(), picture);
        Some(format!("{name} of {}", page.file()))
    }),
    ("shared asset bytes", |site, chance| {
        let file = *chance.pick(&[
            "content/shared.svg",
            "content/guides/plan.svg",
            "content/guides/secret.svg",
        ]);
        site.files
            .insert(file.into(), svg(chance.below(80)).into_bytes());
        Some(file.into())
    }),
    ("size of a picture", |site, chance| {
        let (file, n) = (*chance.pick(&PIXELS), chance.below(200) as u8);
        site.files.insert(file.into(), png(n));
        Some(file.into())
    }),
    ("a picture of the same size", |site, chance| {
        let file = *chance.pick(&["content/shared.svg", PIXELS[0], PIXELS[1]]);
        append(site, file, &format!("<!-- {} -->", chance.below(99)))
    }),
    ("a picture that tells no size", |site, chance| {
        let file = *chance.pick(&PIXELS);
        site.files.insert(file.into(), b"no picture".to_vec());
        Some(file.into())
    }),
    ("shared asset comes or goes", |site, chance| {
        let (file, bytes) = match chance.once_in(2) {
            true => ("content/shared.svg", svg(4).into_bytes()),
            false => (PIXELS[0], b"no picture".to_vec()),
        };
        if site.files.remove(file).is_none() {
            site.files.insert(file.into(), bytes);
        }
        Some(file.into())
    }),
    ("asset added", |site, chance| {
        let n = chance.below(100);
        let page = any(site, chance, |it| it.is_bundle)?;
        page.assets
            .insert(format!("more-{n}.svg"), svg(n).into_bytes());
        page.free.push(format!("![More](more-{n}.svg)"));
        Some(format!("more-{n}.svg of {}", page.file()))
    }),
    ("asset removed", |site, chance| {
        let page = any(site, chance, |it| !it.assets.is_empty())?;
        let (name, _) = page.assets.pop_first()?;
        Some(format!("{name} of {}", page.file()))
    }),
    ("asset renamed", |site, chance| {
        let page = any(site, chance, |it| !it.assets.is_empty())?;
        let (name, bytes) = page.assets.pop_last()?;
        page.assets.insert(format!("new-{name}"), bytes);
        for block in page
            .free
            .iter_mut()
            .chain(page.gated.iter_mut().flat_map(|it| &mut it.1))
        {
            *block = block.replace(&format!("({name})"), &format!("(new-{name})"));
        }
        Some(format!("{name} of {}", page.file()))
    }),
    ("asset in gated text alone", |site, chance| {
        let page = any(site, chance, |it| it.gated.is_some())?;
        page.free.retain(|block| !block.contains("plan.svg"));
        page.gated
            .as_mut()?
            .1
            .push("![Plan](/guides/plan.svg)".into());
        Some(page.file())
    }),
    ("asset in public text too", |site, chance| {
        let way = *chance.pick(&[
            "[Plan](/guides/plan.svg)",
            "<object data=\"/guides/plan.svg\"></object>",
            "<img data-src='/guides/plan.svg'>",
            "[Look](/notes/look.css)",
        ]);
        let page = any(site, chance, |_| true)?;
        page.free.push(way.into());
        Some(page.file())
    }),
    (
        "asset named by an attribute of gated text",
        |site, chance| {
            let page = any(site, chance, |it| it.gated.is_some())?;
            let block = "<div style='background:url(/guides/secret.svg)'>x</div>";
            page.gated.as_mut()?.1.push(block.into());
            Some(page.file())
        },
    ),
    ("style sheet that names another file", |site, chance| {
        let name = *chance.pick(&["guides/secret.svg", "guides/plan.svg", "none.svg"]);
        let text = format!("a {{ background: url(../{name}) }}\n");
        let file = "content/notes/look.css";
        site.files.insert(file.into(), text.into_bytes());
        Some(file.into())
    }),
    ("template", |site, chance| {
        let name = *chance.pick(&[
            "base",
            "page",
            "section",
            "taxonomy",
            "term",
            "404",
            "paywall",
            "wide",
            "partials/foot",
        ]);
        append(
            site,
            &format!("themes/whole/templates/{name}.html"),
            &format!("<!-- {} -->\n", chance.below(1000)),
        )
    }),
    ("template of the site's own", |site, chance| {
        let name = *chance.pick(&[
            "page",
            "section",
            "term",
            "paywall",
            "partials/foot",
            "members/join",
        ]);
        let file = format!("templates/{name}.html");
        if site.files.remove(&file).is_none() {
            let text = format!("own {}{{{{ t.word }}}}\n", chance.below(1000));
            site.files.insert(file.clone(), text.into_bytes());
        }
        Some(file)
    }),
    ("template that does not render", |site, _| {
        append(
            site,
            "themes/whole/templates/page.html",
            "{% block body %}{{ page.none.such }}\n{% if %}",
        )
    }),
    ("interface text", |site, chance| {
        let file = *chance.pick(&[
            "themes/whole/i18n/en.toml",
            "themes/whole/i18n/zh.toml",
            "i18n/en.toml",
        ]);
        let n = chance.below(1000);
        let own = if file.starts_with("i18n") {
            "tier_pro = \"The pro tier\"\n"
        } else {
            ""
        };
        site.files.insert(
            file.into(),
            format!("word = \"word {n}\"\n{own}").into_bytes(),
        );
        Some(file.into())
    }),
    ("static file", |site, chance| {
        let file = *chance.pick(&[
            "static/robots-are.txt",
            "static/whole.css",
            "static/new.txt",
            "themes/whole/static/app.js",
        ]);
        match site.files.contains_key(file) && chance.once_in(3) {
            true => drop(site.files.remove(file)),
            false => drop(site.files.insert(file.into(), chance.words(5).into_bytes())),
        }
        Some(file.into())
    }),
    ("extra of the theme", |site, chance| {
        append(
            site,
            "themes/whole/theme.toml",
            &format!("n{} = 1\n", chance.below(100_000)),
        )
    }),
    ("the clock", |site, chance| {
        let secs = [3_600, 86_400, 7 * 86_400][chance.below(3)];
        site.now = site.now.plus_secs(secs);
        Some(format!("is {} now", site.now))
    }),
];

/// All kinds.
pub fn all() -> Vec<Kind> {
    let change = |(name, change)| Kind {
        name,
        apply: Apply::Change(change),
    };
    let field = |name| Kind {
        name,
        apply: Apply::Field,
    };
    let knob = |at: usize| Kind {
        name: KNOBS[at].0,
        apply: Apply::Knob(at),
    };
    let asked = [
        ("--drafts", (|site, _| ask(site, 0)) as Change),
        ("--future", |site, _| ask(site, 1)),
        ("--expired", |site, _| ask(site, 2)),
        ("settings that cannot be read", |site, _| {
            site.is_broken = true;
            Some(String::new())
        }),
    ];
    let kinds = CHANGES.into_iter().chain(asked).map(change);
    kinds
        .chain(FIELDS.into_iter().map(field))
        .chain((0..KNOBS.len()).map(knob))
        .collect()
}

impl Kind {
    /// Edits the site; says what was edited.
    pub fn apply(&self, site: &mut Site, chance: &mut Chance) -> Option<String> {
        let what = match &self.apply {
            Apply::Change(change) => change(site, chance)?,
            Apply::Field => field(site, chance, self.name)?,
            Apply::Knob(at) => {
                site.knobs[*at] = (site.knobs[*at] + 1) % KNOBS[*at].1.len();
                "of site.toml".into()
            }
        };
        Some(format!("{} {what}", self.name).trim().to_owned())
    }
}

fn field(site: &mut Site, chance: &mut Chance, name: &'static str) -> Option<String> {
    let value = value_of(name, chance);
    let is_for_index = name == "sort_by";
    let page = any(site, chance, |it| {
        it.is_index() == is_for_index || name == "title" || name == "weight"
    })?;
    match page.front.contains_key(name) && name != "title" && chance.once_in(3) {
        true => drop(page.front.remove(name)),
        false => drop(page.front.insert(name, value)),
    }
    Some(format!("of {}", page.file()))
}

fn ask(site: &mut Site, at: usize) -> Option<String> {
    site.asked[at] = !site.asked[at];
    Some(if site.asked[at] { "on" } else { "off" }.into())
}

fn append(site: &mut Site, file: &str, text: &str) -> Option<String> {
    site.files.get_mut(file)?.extend_from_slice(text.as_bytes());
    Some(file.to_owned())
}

fn pick(site: &Site, chance: &mut Chance, is_wanted: impl Fn(&Page) -> bool) -> Option<usize> {
    let fitting: Vec<usize> = (0..site.pages.len())
        .filter(|at| is_wanted(&site.pages[*at]))
        .collect();
    (!fitting.is_empty()).then(|| *chance.pick(&fitting))
}

fn any<'s>(
    site: &'s mut Site,
    chance: &mut Chance,
    is_wanted: impl Fn(&Page) -> bool,
) -> Option<&'s mut Page> {
    let at = pick(site, chance, is_wanted)?;
    Some(&mut site.pages[at])
}
