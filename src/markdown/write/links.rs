//! Links, and pictures that are links.

use crate::escape;
use crate::markdown::fragment::{Hole, LinkKind};
use crate::markdown::write::{Host, Leads, Reading, Writer};
use pulldown_cmark::LinkType;

/// A link that is being written.
pub(super) enum OpenLink {
    /// With a text.
    Link,
    /// Its text is its own address, which is no prose.
    Address,
    /// It has no tags: it stands in another link, or leads nowhere.
    Hidden,
}

impl<H: Host> Writer<'_, '_, H> {
    /// Whether a link is around, where no other may begin.
    pub(super) fn is_in_link(&self) -> bool {
        let mut links = self.links.iter();
        links.any(|it| !matches!(it, OpenLink::Hidden))
    }

    pub(super) fn link(
        &mut self,
        at: usize,
        kind: LinkType,
        address: &str,
        title: &str,
        byte: usize,
    ) {
        let address = self.reached(at, address);
        let is_mail = kind == LinkType::Email && !address.starts_with("mailto:");
        let leads = match is_mail {
            true => Leads::To(format!("mailto:{address}").into()),
            false => self.host.address(address, LinkKind::Link, byte),
        };
        if leads == Leads::Nowhere || !self.is_page() && self.is_in_link() {
            return self.links.push(OpenLink::Hidden);
        }
        let is_address = matches!(kind, LinkType::Autolink | LinkType::Email);
        if is_address {
            self.host.read(Reading::Address(true));
        }
        self.links.push(match is_address {
            true => OpenLink::Address,
            false => OpenLink::Link,
        });
        self.html("<a href=\"");
        let is_elsewhere = self.push_address(leads, address);
        self.html("\"");
        self.title(title);
        if is_elsewhere && !is_mail && !address.starts_with("mailto:") {
            self.rel();
        }
        self.html(">");
    }

    pub(super) fn end_link(&mut self) {
        match self.links.pop() {
            Some(OpenLink::Hidden) | None => return,
            Some(OpenLink::Address) => self.host.read(Reading::Address(false)),
            Some(OpenLink::Link) => {}
        }
        self.html("</a>");
    }

    /// Writes what a host writes between the tags of a link of its own.
    pub fn within_link(&mut self, write: impl FnOnce(&mut Self)) {
        self.links.push(OpenLink::Link);
        write(self);
        self.links.pop();
    }

    /// The address of a link or picture; empty where its definition is out of reach.
    pub(super) fn reached<'t>(&self, at: usize, address: &'t str) -> &'t str {
        match self.body.definitions.get(&at) {
            Some(definition) if !self.host.may_use(*definition) => "",
            _ => address,
        }
    }

    /// Writes an address or leaves a hole; returns whether it leads elsewhere. `written` is as the author wrote it.
    pub(super) fn push_address(&mut self, leads: Leads<'_>, written: &str) -> bool {
        match leads {
            Leads::Hole(link) => self.hole(link),
            Leads::Top => self.html("#"),
            Leads::Here | Leads::Nowhere => {}
            Leads::To(address) => {
                escape::push_address(&mut self.out.fragment.html, &address);
                self.host.mention(written);
                return true;
            }
        }
        false
    }

    /// Leaves a hole for an address.
    pub fn hole(&mut self, link: u32) {
        let at = self.out.fragment.html.len() as u32;
        self.out.fragment.holes.push(Hole { at, link });
    }

    pub(super) fn title(&mut self, title: &str) {
        if !title.is_empty() {
            self.attribute(" title=\"", title);
        }
    }

    pub(super) fn rel(&mut self) {
        let profile = self.profile;
        if !profile.rel.is_empty() {
            self.attribute(" rel=\"", &profile.rel);
        }
    }

    /// Writes an attribute, given its beginning up to the first quote.
    pub(super) fn attribute(&mut self, begin: &str, value: &str) {
        self.html(begin);
        escape::push_attribute(&mut self.out.fragment.html, value);
        self.html("\"");
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::write::testing::{page, plain};

    #[test]
    fn links_are_asked_of_the_host() {
        for (markdown, on_page, as_plain) in [
            (
                "[x](a.md \"t\")",
                "<a href=\"(a.md)\" title=\"t\">x</a>",
                "<a href=\"(a.md)\" title=\"t\">x</a>",
            ),
            (
                "[x](https://a.example)",
                "<a href=\"https://a.example\" rel=\"ext\">x</a>",
                "<a href=\"https://a.example\">x</a>",
            ),
            (
                "<a@b.example> <https://a.example>",
                "<a href=\"mailto:a@b.example\">a@b.example</a> <a href=\"https://a.example\" rel=\"ext\">https://a.example</a>",
                "<a href=\"mailto:a@b.example\">a@b.example</a> <a href=\"https://a.example\">https://a.example</a>",
            ),
            (
                "[**x**]()",
                "<a href=\"\"><strong>x</strong></a>",
                "<a href=\"\"><strong>x</strong></a>",
            ),
            ("[x](nowhere:)", "x", "x"),
            (
                "[![cat](c.png)](/a)",
                "<a href=\"(/a)\"><img src=\"(c.png)\" alt=\"cat\" loading=\"lazy\" decoding=\"async\"></a>",
                "<a href=\"(/a)\">cat</a>",
            ),
            (
                "![a [b](/b) *c*](/d)",
                "<img src=\"(/d)\" alt=\"a b c\" loading=\"lazy\" decoding=\"async\">",
                "<a href=\"(/d)\">a b <em>c</em></a>",
            ),
        ] {
            assert_eq!(page(markdown), format!("<p>{on_page}</p>\n"), "{markdown}");
            assert_eq!(
                plain(markdown),
                format!("<p>{as_plain}</p>\n"),
                "{markdown}"
            );
        }
    }
}
