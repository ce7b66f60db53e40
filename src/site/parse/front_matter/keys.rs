//! Names of keys: ours, and what Hugo, Zola, Jekyll, Hexo, Eleventy, Astro and Ghost call the same things.
//!
//! Names are compared without regard to case, `-` and `_`, so that `publishDate` and `publish_date` are one.

/// What a key is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Shown title.
    Title,
    /// First publication.
    Date,
    /// When the text was begun: its first publication where nothing else says so.
    Created,
    /// Last change.
    Updated,
    /// Last segment of the address.
    Slug,
    /// Whole address.
    Path,
    /// Former addresses.
    Aliases,
    /// For search engines.
    Description,
    /// For lists.
    Summary,
    /// Terms of a taxonomy of ours.
    Terms(&'static str),
    /// Place in the series.
    SeriesPart,
    /// Place in a list.
    Weight,
    /// Place in a list, where more comes first.
    Sticky,
    /// Not built.
    Draft,
    /// A date, or whether the page is no draft.
    Published,
    /// `draft`, `published` or `scheduled`.
    Status,
    /// Not built before.
    PublishAt,
    /// Not built after.
    ExpiresAt,
    /// Who may read.
    Access,
    /// Tiers that may read, where `visibility` says so.
    Tiers,
    /// `all`: nothing need be gated.
    Teaser,
    /// Picture.
    Cover,
    /// BCP 47.
    Language,
    /// Whether members may comment.
    Comments,
    /// Editor's marks.
    Scores,
    /// Permanent id.
    Id,
    /// Template file.
    Template,
    /// Address of the original.
    Canonical,
    /// Kept out of search engines.
    Noindex,
    /// `false` keeps the page out of the sitemap.
    Sitemap,
    /// Table of contents.
    Toc,
    /// Order of a section.
    SortBy,
    /// The author's own values.
    Extra,
    /// A map of taxonomies to terms.
    Taxonomies,
}

/// What a field has a say in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// Who may read the page.
    Access,
    /// Whether it is published at all.
    Draft,
    /// When.
    Date,
}

impl Decides {
    /// The field of ours that says it.
    pub fn read_from(self) -> &'static str {
        match self {
            Decides::Access => "access",
            Decides::Draft => "draft",
            Decides::Date => "publish_at",
        }
    }
}

impl Field {
    /// Whether a head without an opening fence may begin with it.
    pub fn opens_bare_head(self) -> bool {
        matches!(self, Field::Title)
    }

    /// What the field decides; `None` where nothing depends on it but how a page looks. A value of a field that decides
    /// is read or is an error, whatever the key is called.
    pub fn decides(self) -> Option<Decides> {
        match self {
            Field::Access | Field::Tiers => Some(Decides::Access),
            Field::Draft | Field::Published | Field::Status => Some(Decides::Draft),
            Field::Date | Field::Created | Field::Updated | Field::PublishAt | Field::ExpiresAt => {
                Some(Decides::Date)
            }
            _ => None,
        }
    }
}

/// A name, what it is about, and whether it is ours: then a wrong type is an error. A value of another tool's key
/// that does not fit is kept in `extra`, for themes use the same words for other things, unless the field decides
/// something.
pub struct Name {
    /// What it is about.
    pub field: Field,
    /// Whether the name is ours.
    pub is_ours: bool,
}

/// Our own names; the hint for a misspelt key names one of these.
pub const OURS: [(&str, Field); 32] = [
    ("title", Field::Title),
    ("date", Field::Date),
    ("updated", Field::Updated),
    ("slug", Field::Slug),
    ("path", Field::Path),
    ("aliases", Field::Aliases),
    ("description", Field::Description),
    ("summary", Field::Summary),
    ("tags", Field::Terms("tags")),
    ("categories", Field::Terms("categories")),
    ("authors", Field::Terms("authors")),
    ("series", Field::Terms("series")),
    ("series_part", Field::SeriesPart),
    ("weight", Field::Weight),
    ("draft", Field::Draft),
    ("publish_at", Field::PublishAt),
    ("expires_at", Field::ExpiresAt),
    ("access", Field::Access),
    ("teaser", Field::Teaser),
    ("cover", Field::Cover),
    ("language", Field::Language),
    ("comments", Field::Comments),
    ("scores", Field::Scores),
    ("id", Field::Id),
    ("template", Field::Template),
    ("canonical", Field::Canonical),
    ("noindex", Field::Noindex),
    ("toc", Field::Toc),
    ("sort_by", Field::SortBy),
    ("extra", Field::Extra),
    ("taxonomies", Field::Taxonomies),
    ("published", Field::Published),
];

/// What others call them, folded.
pub const THEIRS: [(&str, Field); 69] = [
    ("pubdate", Field::Date),
    ("pubdatetime", Field::Date),
    ("postdate", Field::Date),
    ("posted", Field::Date),
    ("postedat", Field::Date),
    ("publicationdate", Field::Date),
    ("creationdate", Field::Created),
    ("moddatetime", Field::Updated),
    ("datecreated", Field::Created),
    ("datemodified", Field::Updated),
    ("expiry", Field::ExpiresAt),
    ("publishedat", Field::Date),
    ("created", Field::Created),
    ("createdat", Field::Created),
    ("lastmod", Field::Updated),
    ("modified", Field::Updated),
    ("lastmodifiedat", Field::Updated),
    ("lastmodified", Field::Updated),
    ("updatedat", Field::Updated),
    ("updateddate", Field::Updated),
    ("url", Field::Path),
    ("permalink", Field::Path),
    ("abbrlink", Field::Slug),
    ("alias", Field::Aliases),
    ("redirectfrom", Field::Aliases),
    ("metadescription", Field::Description),
    ("subtitle", Field::Description),
    ("excerpt", Field::Summary),
    ("customexcerpt", Field::Summary),
    ("tag", Field::Terms("tags")),
    ("category", Field::Terms("categories")),
    ("primarytag", Field::Terms("categories")),
    ("author", Field::Terms("authors")),
    ("seriesorder", Field::SeriesPart),
    ("seriesweight", Field::SeriesPart),
    ("order", Field::Weight),
    ("position", Field::Weight),
    ("top", Field::Sticky),
    ("sticky", Field::Sticky),
    ("status", Field::Status),
    ("publishdate", Field::PublishAt),
    ("expirydate", Field::ExpiresAt),
    ("unpublishdate", Field::ExpiresAt),
    ("expiresdate", Field::ExpiresAt),
    ("visibility", Field::Access),
    ("tiers", Field::Tiers),
    ("tier", Field::Tiers),
    ("image", Field::Cover),
    ("images", Field::Cover),
    ("featured", Field::Cover),
    ("featuredimage", Field::Cover),
    ("featureimage", Field::Cover),
    ("heroimage", Field::Cover),
    ("coverimage", Field::Cover),
    ("thumbnail", Field::Cover),
    ("banner", Field::Cover),
    ("lang", Field::Language),
    ("locale", Field::Language),
    ("comment", Field::Comments),
    ("customtemplate", Field::Template),
    ("canonicalurl", Field::Canonical),
    ("robotsnoindex", Field::Noindex),
    ("sitemap", Field::Sitemap),
    ("tableofcontents", Field::Toc),
    ("params", Field::Extra),
    ("sortby", Field::SortBy),
    ("publishat", Field::PublishAt),
    ("expiresat", Field::ExpiresAt),
    ("seriespart", Field::SeriesPart),
];

/// What a key is about; `None` where it is not one that we know.
pub fn name(key: &str) -> Option<Name> {
    if let Some((_, field)) = OURS.iter().find(|(ours, _)| *ours == key) {
        return Some(Name {
            field: *field,
            is_ours: true,
        });
    }
    let folded = fold(key);
    let ours = OURS.iter().find(|(ours, _)| *ours == folded);
    let found = ours.or_else(|| THEIRS.iter().find(|(theirs, _)| *theirs == folded));
    found.map(|(_, field)| Name {
        field: *field,
        is_ours: false,
    })
}

/// Keys that are no field of ours, by which other tools' heads are known.
const OF_OTHERS: [&str; 7] = [
    "layout",
    "type",
    "keywords",
    "linktitle",
    "menu",
    "mathjax",
    "hidden",
];

/// Whether a key is one of a head, ours or another tool's.
pub fn is_usual(key: &str) -> bool {
    field(key).is_some() || OF_OTHERS.contains(&fold(key).as_str())
}

/// The field of a key.
pub fn field(key: &str) -> Option<Field> {
    name(key).map(|it| it.field)
}

/// Lower case without `-`, `_` and spaces.
pub fn fold(key: &str) -> String {
    key.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_spelling() {
        for (key, wanted) in [
            ("title", Some(Field::Title)),
            ("Title", Some(Field::Title)),
            ("publishDate", Some(Field::PublishAt)),
            ("publish_date", Some(Field::PublishAt)),
            ("publish_at", Some(Field::PublishAt)),
            ("expiryDate", Some(Field::ExpiresAt)),
            ("pubDate", Some(Field::Date)),
            ("published_at", Some(Field::Date)),
            ("lastmod", Some(Field::Updated)),
            ("last_modified_at", Some(Field::Updated)),
            ("updatedDate", Some(Field::Updated)),
            ("redirect_from", Some(Field::Aliases)),
            ("heroImage", Some(Field::Cover)),
            ("feature_image", Some(Field::Cover)),
            ("custom_excerpt", Some(Field::Summary)),
            ("meta_description", Some(Field::Description)),
            ("canonicalURL", Some(Field::Canonical)),
            ("visibility", Some(Field::Access)),
            ("titel", None),
        ] {
            assert_eq!(field(key), wanted, "{key}");
        }
    }
}
