//! Pages that list others, and the few pages that are of no content file: 404, redirects, the members' area.

use crate::collation::Collation;
use crate::routes::MEMBERS_PAGES;
use crate::site::error::BuildError;
use crate::site::model::{PageIndex, SectionIndex, Standpoint, TaxonomyIndex, TermIndex, n_pagers};
use crate::site::plan::{FeedOf, Output, has_feed, section_list};
use crate::site::render::Rendered;
use crate::site::render::breadcrumbs::breadcrumbs;
use crate::site::render::engine::Engine;
use crate::site::render::head::{self, pager_url, titled, titled_page};
use crate::site::render::html::PublicHtml;
use crate::site::render::pages::{self, PageBody};
use crate::site::render::scene::{Scene, feeds};
use crate::site::render::view::{
    LinkView, MembersPageView, PagerView, SectionView, TaxonomyView, TermView,
};

/// One page of a section's list; its own text stands on the first alone.
pub fn section<'a>(
    scene: &Scene<'a>,
    engine: &Engine,
    output: &Output,
    index: SectionIndex,
    pager: usize,
) -> Result<Rendered<'a>, BuildError> {
    let section = &scene.site[index];
    let own = section.page.map(|it| &scene.site[it].document.front);
    let mut body = match section.page {
        Some(page) if pager == 1 => {
            let text = scene.bodies.of(&scene.site[page].document)?;
            pages::body(scene, engine, output, page, &text)?
        }
        _ => PageBody::default(),
    };
    let view = SectionView {
        id: section.id.to_string(),
        title: section.title.clone(),
        url: section.url.clone(),
        description: own
            .and_then(|it| it.description.clone())
            .unwrap_or_default(),
        content: std::mem::take(&mut body.content),
        breadcrumbs: breadcrumbs(scene, section.parent),
        sections: links(scene, &section.sections),
        sidebar: scene.sidebar(Some(index)),
        extra: own.map(|it| it.extra.clone()).unwrap_or_default(),
    };
    let usual = match section.parent {
        None => "home.html",
        Some(_) => "section.html",
    };
    let template = engine.named_or(own.and_then(|it| it.template.as_deref()), usual);
    let mut context = scene.languages[section.language].context();
    context.insert(
        "head",
        &head::of_section(scene, index, pager, &view.description),
    );
    context.insert("section", &view);
    context.insert(
        "pager",
        &pager_view(scene, section_list(scene.site, index), &section.url, pager),
    );
    pages::finish(engine, template, &context, output, body)
}

/// All terms of a taxonomy, by title.
pub fn taxonomy(
    scene: &Scene,
    engine: &Engine,
    output: &Output,
    index: TaxonomyIndex,
) -> Result<PublicHtml, BuildError> {
    let taxonomy = &scene.site[index];
    let language = &scene.languages[taxonomy.language];
    let mut terms: Vec<_> = taxonomy
        .terms
        .iter()
        .map(|it| scene.terms[it.0 as usize].clone())
        .collect();
    let collation = Collation::of(&language.code);
    terms.sort_by(|a, b| collation.compare(&a.title, &b.title));
    let title = titled(&language.taxonomy_title(&taxonomy.name), language);
    let view = TaxonomyView {
        name: taxonomy.name.clone(),
        url: taxonomy.url.clone(),
        terms,
    };
    let mut context = language.context();
    let mut head = head::plain(scene, language, title, "", &taxonomy.url);
    head.languages = head::languages(scene, taxonomy.language, Standpoint::Taxonomy(index));
    context.insert("head", &head);
    context.insert("taxonomy", &view);
    engine
        .render("taxonomy.html", &context, &output.file)
        .map(PublicHtml::new)
}

/// One page of a term's list.
pub fn term(
    scene: &Scene,
    engine: &Engine,
    output: &Output,
    index: TermIndex,
    pager: usize,
) -> Result<PublicHtml, BuildError> {
    let term = &scene.site[index];
    let taxonomy = &scene.site[term.taxonomy];
    let language = &scene.languages[taxonomy.language];
    let view = TermView {
        taxonomy: taxonomy.name.clone(),
        taxonomy_url: taxonomy.url.clone(),
        title: term.title.clone(),
        url: term.url.clone(),
        feeds: match taxonomy.feed && has_feed(scene.site, FeedOf::Term(index)) {
            true => feeds(scene.config, &term.title, &scene.absolute(&term.url)),
            false => Vec::new(),
        },
    };
    let title = titled_page(&term.title, pager, language);
    let mut context = language.context();
    let mut head = head::plain(scene, language, title, "", &pager_url(&term.url, pager));
    head.languages = head::languages(scene, taxonomy.language, Standpoint::Term(index));
    context.insert("head", &head);
    context.insert("term", &view);
    context.insert("pager", &pager_view(scene, &term.pages, &term.url, pager));
    engine
        .render("term.html", &context, &output.file)
        .map(PublicHtml::new)
}

/// What readers get who ask for what is not there.
pub fn not_found(
    scene: &Scene,
    engine: &Engine,
    output: &Output,
    language: usize,
) -> Result<PublicHtml, BuildError> {
    let languages = head::languages(scene, language, Standpoint::Nowhere(language));
    let language = &scene.languages[language];
    let title = titled(
        &language.text("missing_title", "There is no such page"),
        language,
    );
    let mut head = head::plain(scene, language, title, "", &language.view.home_url);
    head.noindex = true;
    head.languages = languages;
    head.sign_in_url = language.members_url("sign-in", None);
    let mut context = language.context();
    context.insert("head", &head);
    engine
        .render("404.html", &context, &output.file)
        .map(PublicHtml::new)
}

/// Where a page used to be.
pub fn redirect(
    scene: &Scene,
    engine: &Engine,
    output: &Output,
    to: PageIndex,
) -> Result<PublicHtml, BuildError> {
    let language = scene.language_of(to);
    let page = &scene.site[to];
    let title = page.document.front.title.clone();
    let mut head = head::plain(scene, language, title, "", &page.url);
    head.noindex = true;
    let mut context = language.context();
    context.insert("head", &head);
    engine
        .render("redirect.html", &context, &output.file)
        .map(PublicHtml::new)
}

/// A page of the members' area; the edge and its script fill it.
pub fn members(
    scene: &Scene,
    engine: &Engine,
    output: &Output,
    index: usize,
    language: usize,
) -> Result<PublicHtml, BuildError> {
    const TITLES: [&str; 8] = [
        "Join",
        "Sign in",
        "Look into your mail",
        "Sign in",
        "Confirm your address",
        "Forgotten password",
        "New password",
        "Your account",
    ];
    let language = &scene.languages[language];
    let name = MEMBERS_PAGES[index];
    let key = format!("members_{}", name.replace('-', "_"));
    let view = MembersPageView {
        name: name.into(),
        title: language.text(&key, TITLES[index]),
    };
    let path = format!("members/{name}/");
    let url = format!("{}{path}", language.view.home_url);
    let mut head = head::plain(scene, language, titled(&view.title, language), "", &url);
    head.noindex = true;
    head.sign_in_url = language.members_url("sign-in", None);
    head.translations = head::in_all_languages(scene, language, &path);
    head.languages = head::languages_of(&head.translations);
    let mut context = language.context();
    context.insert("head", &head);
    context.insert("members_page", &view);
    engine
        .render(&format!("members/{name}.html"), &context, &output.file)
        .map(PublicHtml::new)
}

fn links(scene: &Scene, sections: &[SectionIndex]) -> Vec<LinkView> {
    let link = |index: &SectionIndex| LinkView {
        title: scene.site[*index].title.clone(),
        url: scene.site[*index].url.clone(),
    };
    sections.iter().map(link).collect()
}

fn pager_view(scene: &Scene, pages: &[PageIndex], first: &str, current: usize) -> PagerView {
    let by = scene.config.paginate_by.max(1);
    let n_pagers = n_pagers(pages.len(), scene.config);
    let from = ((current - 1) * by).min(pages.len());
    let to = (from + by).min(pages.len());
    PagerView {
        pages: scene.all_shared(&pages[from..to]),
        current,
        n_pagers,
        previous_url: (current > 1).then(|| pager_url(first, current - 1)),
        next_url: (current < n_pagers).then(|| pager_url(first, current + 1)),
    }
}
