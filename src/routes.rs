//! Addresses as both wings know them: the form that the edge serves, and what it answers itself.
//!
//! A build makes no address that the edge would refuse, and no page that would hide a route. The guard of the edge and
//! the model of the site ask the same functions; a test holds [`API`] and the other lists against the edge's router.

/// Longest path that the edge serves, in bytes as sent: percent-encoded, with the base path.
pub const MAX_PATH_BYTES: usize = 2048;
/// Most `/` in such a path.
pub const MAX_SLASHES: usize = 64;

/// Pages of the members' area. A build makes each of them in every language of the site.
pub const MEMBERS_PAGES: [&str; 8] = [
    "join",
    "sign-in",
    "check-mail",
    "link",
    "verify",
    "forgot",
    "password",
    "account",
];

/// Names below `/members/` that take a form and have no page of their own.
pub const MEMBERS_FORMS: [&str; 1] = ["sign-out"];

/// Routes below `/api/`; `{}` stands for any one segment.
pub const API: [&str; 24] = [
    "comments",
    "comments/{}",
    "comments/{}/accepted",
    "engagement",
    "events",
    "likes",
    "me",
    "me/export",
    "me/sessions",
    "me/sessions/{}",
    "members",
    "members/confirmation",
    "members/verify",
    "openapi.json",
    "page",
    "parts",
    "password",
    "password/reset",
    "ratings",
    "saves",
    "session",
    "session/link",
    "session/link/redeem",
    "tiers",
];

/// Routes outside of the members' area and the API.
pub const PROBES: [&str; 2] = ["healthz", "readyz"];

/// The folder of the preview's own routes, which `lyceum serve` has.
pub const PREVIEW: &str = "__lyceum";

/// Whether a page at this path would hide a route of the edge. Letter case and a closing `/` make no difference. The
/// path is decoded, below the base path, and begins with `/`; `languages` are the prefixes of the other languages.
pub fn is_route<'l>(path: &str, mut languages: impl Iterator<Item = &'l str>) -> bool {
    let path = path.trim_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let is = |name: &str| first.eq_ignore_ascii_case(name);
    let is_form = |name: &str| MEMBERS_FORMS.iter().any(|it| it.eq_ignore_ascii_case(name));
    if is("api") {
        API.iter().any(|route| matches(route, rest))
    } else if is("members") {
        is_form(rest)
    } else if languages.any(is) {
        let members = rest.split_once('/');
        members.is_some_and(|(name, form)| name.eq_ignore_ascii_case("members") && is_form(form))
    } else {
        is(PREVIEW) || rest.is_empty() && PROBES.iter().any(|it| is(it))
    }
}

/// Whether a page of the members' area has this path, in whatever language. Letter case makes a difference, as for all
/// pages.
pub fn is_members_page<'l>(path: &str, mut languages: impl Iterator<Item = &'l str>) -> bool {
    let path = path.trim_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let path = match languages.any(|it| it == first) {
        true => rest,
        false => path,
    };
    let name = path.strip_prefix("members/");
    name.is_some_and(|it| MEMBERS_PAGES.contains(&it))
}

fn matches(route: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (route.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some("{}"), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted.eq_ignore_ascii_case(found) => {}
            _ => return false,
        }
    }
}

/// Whether the edge serves nothing at a decoded path because a segment begins with a dot. `.well-known` (RFC 8615) is
/// served where it is the first segment.
pub fn is_hidden(path: &str) -> bool {
    let below = path.strip_prefix("/.well-known/").unwrap_or(path);
    below.split('/').any(|segment| segment.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_would_hide_a_route() {
        for (path, hides) in [
            ("/", false),
            ("/api/", false),
            ("/api/start/", false),
            ("/api/comments/", true),
            ("/API/Comments", true),
            ("/api/comments/how/", true),
            ("/api/comments/how/to/", false),
            ("/api/comments/how/accepted/", true),
            ("/api/session/link/redeem/", true),
            ("/api/openapi.json", true),
            ("/zh/api/comments/", false),
            ("/members/", false),
            ("/members/hello/", false),
            ("/members/sign-out/", true),
            ("/zh/members/sign-out/", true),
            ("/de/members/sign-out/", false),
            ("/admin/", false),
            ("/healthz/", true),
            ("/healthz/more/", false),
            ("/__lyceum/x/", true),
        ] {
            assert_eq!(is_route(path, ["zh"].into_iter()), hides, "{path}");
        }
    }

    #[test]
    fn members_pages_have_their_addresses() {
        for (path, is_one) in [
            ("/members/join/", true),
            ("/members/join", true),
            ("/zh/members/sign-in/", true),
            ("/de/members/sign-in/", false),
            ("/members/", false),
            ("/members/joining/", false),
            ("/Members/join/", false),
            ("/zh/", false),
        ] {
            assert_eq!(is_members_page(path, ["zh"].into_iter()), is_one, "{path}");
        }
    }

    #[test]
    fn segments_that_are_not_served() {
        for (path, hidden) in [
            ("/a.b/c./", false),
            ("/.git/config", true),
            ("/a/.b/", true),
            ("/a/..", true),
            ("/.well-known/security.txt", false),
            ("/.well-known/../x", true),
            ("/a/.well-known/b", true),
            ("/.well-known", true),
        ] {
            assert_eq!(is_hidden(path), hidden, "{path}");
        }
    }
}
