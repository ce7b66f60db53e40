//! Templates that pages name: only those of the theme that show what the file is the page of.

use crate::diag::Diagnostic;
use crate::site::model::identity::Role;
use crate::site::model::selection::{Chosen, Hidden, LeftOut};
use crate::site::source::Theme;

/// Templates that front matter can never name, and folders of such.
const OF_THE_BUILD: [&str; 11] = [
    "404.html",
    "base.html",
    "members.html",
    "paywall.html",
    "redirect.html",
    "taxonomy.html",
    "term.html",
    "components/",
    "members/",
    "partials/",
    "themes/",
];
/// What lists are shown by.
const OF_LISTS: [&str; 2] = ["home.html", "section.html"];

/// Takes out the pages whose template is not there, or cannot show them.
pub fn check(
    chosen: Chosen,
    theme: &Theme,
    hidden: &mut LeftOut,
    findings: &mut Vec<Diagnostic>,
) -> Chosen {
    let mut fitting = Vec::with_capacity(chosen.len());
    for (named, state) in chosen {
        let template = named.document.front.template.as_deref();
        match template.and_then(|it| misfit(&named.document.path, &named.role, it, theme)) {
            None => fitting.push((named, state)),
            Some(finding) => {
                findings.push(finding);
                hidden.push((named, Hidden::Faulty));
            }
        }
    }
    fitting
}

fn misfit(path: &str, role: &Role, template: &str, theme: &Theme) -> Option<Diagnostic> {
    let fits = |name: &str| shows(name, matches!(role, Role::Section(_)));
    if theme.templates.contains_key(template) {
        return (!fits(template)).then(|| Diagnostic::template_misfit(path, template));
    }
    let known = theme.templates.keys().map(String::as_str);
    let known = known.filter(|it| fits(it));
    Some(Diagnostic::unknown_template(path, template, known))
}

/// Whether a template gets the view of a page, or of a list.
fn shows(template: &str, is_list: bool) -> bool {
    let is_of_the_build = OF_THE_BUILD.iter().any(|it| match it.ends_with('/') {
        true => template.starts_with(it),
        false => template == *it,
    });
    let other = match is_list {
        true => &["page.html"][..],
        false => &OF_LISTS,
    };
    !is_of_the_build && !other.contains(&template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::model::testing::{TestSite, codes};

    #[test]
    fn a_page_names_a_template_that_shows_it() {
        for (template, page, list) in [
            ("page.html", true, false),
            ("landing.html", true, true),
            ("layouts/wide.html", true, true),
            ("section.html", false, true),
            ("home.html", false, true),
            ("redirect.html", false, false),
            ("term.html", false, false),
            ("404.html", false, false),
            ("base.html", false, false),
            ("members.html", false, false),
            ("members/join.html", false, false),
            ("partials/head.html", false, false),
            ("themes/default/page.html", false, false),
        ] {
            let shown = (shows(template, false), shows(template, true));
            assert_eq!(shown, (page, list), "{template}");
        }
    }

    #[test]
    fn a_page_whose_template_cannot_show_it_is_left_out() {
        let naming = |template: &'static str| {
            move |it: &mut crate::site::parse::Document| it.front.template = Some(template.into())
        };
        let (site, findings) = TestSite::new("")
            .templates(&["page.html", "home.html", "landing.html"])
            .page("a.md", naming("home.html"))
            .page("b.md", naming("landing.html"))
            .page("c.md", naming("landin.html"))
            .page("d/_index.md", naming("page.html"))
            .page("e/_index.md", naming("home.html"))
            .pages(&["d/x.md"])
            .build();
        let expected = [
            ("template-misfit", "a.md"),
            ("unknown-template", "c.md"),
            ("template-misfit", "d/_index.md"),
        ];
        assert_eq!(codes(&findings), expected);
        assert_eq!(findings[1].help, "did you mean `landing.html`?");
        let ids: Vec<&str> = site.pages.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["b", "d/x", "e"]);
    }
}
