//! Engagement: what readers did with a page, as numbers, and the scores that they make.
//!
//! Values and rules, no I/O: [`scores`] has the formulas, [`reading`] the beacons, [`novelty`] the likeness
//! of comments. [`Facts`] is what the store knows of a page; [`compute`] makes its scores of that.
//!
//! Conversations are judged by their newest 200 comments, so that one of 20,000 costs no more. Up-votes of
//! comments are likes by others than their author; there are no down-votes, so as many votes as likes.
//! A rating is no vote: it moves practicality, and participation not a second time.

pub mod http;
pub mod jobs;
pub mod kept;
pub mod novelty;
pub mod reading;
pub mod room;
pub mod scores;
pub mod slice;
mod sql;

use crate::clock::Timestamp;
use crate::config::ScoreSettings;
use crate::edge::access::Reason;
use crate::edge::accounts::names::looks_like;
use crate::edge::engagement::scores::{Activity, Use};
use crate::edge::page_keys::PageKey;
use crate::edge::reactions::Helpful;
use crate::ids::PageId;
use crate::manifest::{PageEntry, Prose};
use serde::Serialize;
use utoipa::ToSchema;

/// Comments that a conversation is judged by: the newest.
pub const NEWEST: usize = novelty::MAX_COMMENTS;
/// What visitors read counts for a year and a month; then their rows go.
pub const VISITORS_KEPT_DAYS: i64 = 396;
/// Readers of one page on one day that one address can be, whatever its user agents.
pub const READERS_AN_ADDRESS: u8 = 3;
/// No figure tells of fewer readers than this.
const FEWEST_READERS: u32 = 5;

/// One comment, as the quality of its conversation sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct CommentStats {
    /// Its Markdown.
    pub body: String,
    /// Characters that a reader sees.
    pub n_chars: u32,
    /// Likes by others than its author.
    pub n_likes: u32,
    /// Shown replies by others than its author, counted to two.
    pub n_replies_by_others: u32,
}

/// Scores that an editor set; each replaces the computed one unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Content quality as a whole.
    pub content: Option<f64>,
    /// A part of content quality.
    pub expertise: Option<f64>,
    /// A part of content quality.
    pub practicality: Option<f64>,
    /// A part of content quality.
    pub readability: Option<f64>,
    /// Participation.
    pub participation: Option<f64>,
    /// Interaction quality.
    pub interaction_quality: Option<f64>,
    /// Interaction as a whole.
    pub interaction: Option<f64>,
}

/// What the store knows of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// What members did in the window, without its authors.
    pub activities: Vec<Activity>,
    /// The newest shown comments, oldest first, at most [`NEWEST`].
    pub comments: Vec<CommentStats>,
    /// The rest, with its measures still at 0.
    pub facts: Facts,
}

/// What the scores of a page are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Verified members of the site.
    pub n_members: u32,
    /// Participation points.
    pub points: f64,
    /// Lower bound of the share of up-votes on its comments, 0 to 1.
    pub wilson: f64,
    /// Of its comments, 0 to 1.
    pub depth: f64,
    /// Of its comments, 0 to 1.
    pub novelty: f64,
    /// Likes.
    pub n_likes: u32,
    /// Saves.
    pub n_saves: u32,
    /// Shown comments and replies.
    pub n_comments: u32,
    /// "This solved it".
    pub helpful: Helpful,
    /// Readers who opened it.
    pub n_viewers: u32,
    /// Readers who read it to the end.
    pub n_readers: u32,
    /// Scores that an editor set.
    pub overrides: Overrides,
}

/// Participation with its parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ParticipationScore {
    /// 0 to 10.
    pub score: f64,
    /// Points of the last days.
    pub points: f64,
    /// Points that make a full score.
    pub floor: f64,
}

/// Interaction quality with its parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct InteractionQualityScore {
    /// 0 to 10.
    pub score: f64,
    /// Lower bound of the share of up-votes on its comments, 0 to 1.
    pub wilson: f64,
    /// 0 to 1; `null` for whoever may not read the comments.
    pub depth: Option<f64>,
    /// 0 to 1; `null` for whoever may not read the comments.
    pub novelty: Option<f64>,
}

/// Interaction: the mean of the two above.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct InteractionScore {
    /// 0 to 10.
    pub score: f64,
}

/// Content quality with its parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ContentQualityScore {
    /// 0 to 10; `null` while a part is not known.
    pub score: Option<f64>,
    /// 0 to 10; `null` where nobody has judged it.
    pub expertise: Option<f64>,
    /// 0 to 10; `null` where nobody has judged it and too few have used it.
    pub practicality: Option<f64>,
    /// 0 to 10; `null` for a page without prose.
    pub readability: Option<f64>,
    /// Whether an editor set the score or one of its parts.
    pub overridden: bool,
}

/// The scores of a page, each with its parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Scores {
    /// How many take part.
    pub participation: ParticipationScore,
    /// How well they talk.
    pub interaction_quality: InteractionQualityScore,
    /// Both.
    pub interaction: InteractionScore,
    /// How good the page is.
    pub content_quality: ContentQualityScore,
    /// Its place among hot pages: higher comes first; `null` for a page without a date.
    pub hot: Option<f64>,
}

/// What the reader did with the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mine {
    /// Likes it.
    pub liked: bool,
    /// Saved it.
    pub saved: bool,
    /// Says that it solved the problem, or not; `null` for no word.
    pub helpful: Option<bool>,
}

/// The public numbers of a page and its scores.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Engagement {
    /// The page's present name.
    #[schema(value_type = String)]
    pub page: PageId,
    /// Members who like it.
    pub likes: u32,
    /// Members who saved it.
    pub saves: u32,
    /// Shown comments and replies.
    pub comments: u32,
    /// "This solved it".
    pub helpful: Helpful,
    /// Readers who read it to the end; `null` under five.
    pub readers: Option<u32>,
    /// What the member did; `null` for visitors.
    pub mine: Option<Mine>,
    /// Why the reader may not read the conversation, and so may not comment, like or rate; `null` where they may.
    pub closed: Option<Reason>,
    /// Scores with their parts.
    pub scores: Scores,
}

impl Scores {
    /// As they are shown to whoever may not read the comments: what is measured on their text is left out,
    /// and the scores that contain it have one decimal, as pages show them.
    pub fn for_outsiders(mut self) -> Self {
        let rounded = |score: f64| (score * 10.0).round() / 10.0;
        self.interaction_quality.score = rounded(self.interaction_quality.score);
        self.interaction_quality.depth = None;
        self.interaction_quality.novelty = None;
        self.interaction.score = rounded(self.interaction.score);
        self
    }
}

/// The scores of a page. `prose` is what its reader may read of it: readability is measured on nothing else.
pub fn compute(facts: &Facts, page: &PageEntry, prose: &Prose, settings: &ScoreSettings) -> Scores {
    let set = &facts.overrides;
    let points = facts.points;
    let participation = ParticipationScore {
        score: set
            .participation
            .unwrap_or_else(|| scores::participation(points, facts.n_members)),
        points,
        floor: scores::participation_floor(facts.n_members),
    };
    let interaction_quality = quality(facts);
    let interaction = set
        .interaction
        .unwrap_or_else(|| scores::interaction(participation.score, interaction_quality.score));
    Scores {
        participation,
        interaction_quality,
        interaction: InteractionScore { score: interaction },
        content_quality: content(facts, page, prose),
        hot: page
            .date
            .map(|published| scores::hot(points, published, settings.hot_hours)),
    }
}

impl Gathered {
    /// What gathering and measuring took: a comment is 1, an activity a tenth.
    pub fn cost(&self) -> u64 {
        (self.comments.len() + self.activities.len() / 10) as u64
    }

    /// The facts with their measures. Comparing 200 comments takes some hundred milliseconds: not on an async thread.
    pub fn measured(self) -> Facts {
        let n_likes: u32 = self.comments.iter().map(|it| it.n_likes).sum();
        let depths = self
            .comments
            .iter()
            .map(|it| scores::comment_depth(it.n_chars, it.n_replies_by_others));
        let texts: Vec<&str> = self.comments.iter().map(|it| it.body.as_str()).collect();
        Facts {
            points: scores::participation_points(&self.activities),
            wilson: scores::wilson_lower(n_likes, n_likes),
            depth: (0.0 + depths.sum::<f64>()) / self.comments.len().max(1) as f64,
            novelty: novelty::novelty(&texts),
            ..self.facts
        }
    }
}

fn quality(facts: &Facts) -> InteractionQualityScore {
    let computed = scores::interaction_quality(facts.wilson, facts.depth, facts.novelty);
    InteractionQualityScore {
        score: facts.overrides.interaction_quality.unwrap_or(computed),
        wilson: facts.wilson,
        depth: Some(facts.depth),
        novelty: Some(facts.novelty),
    }
}

/// An editor's word in the store comes before the mark in the page's front matter, and that before what
/// was computed.
fn content(facts: &Facts, page: &PageEntry, prose: &Prose) -> ContentQualityScore {
    let set = &facts.overrides;
    let expertise = set.expertise.or(page.expertise);
    let practicality = set
        .practicality
        .or(page.practicality)
        .or_else(|| used(facts));
    let readability = set.readability.or(prose.readability);
    let computed =
        match (expertise, practicality, readability) {
            (Some(expertise), Some(practicality), Some(readability)) => Some(
                scores::content_quality(expertise, practicality, readability),
            ),
            _ => None,
        };
    let overrides = [
        set.content,
        set.expertise,
        set.practicality,
        set.readability,
    ];
    ContentQualityScore {
        score: set.content.or(computed),
        expertise,
        practicality,
        readability,
        overridden: overrides.iter().any(Option::is_some),
    }
}

/// Practicality, once five have opened the page and one has rated it.
fn used(facts: &Facts) -> Option<f64> {
    let is_enough = facts.n_viewers >= FEWEST_READERS && facts.helpful.total > 0;
    is_enough.then(|| {
        scores::practicality(&Use {
            n_helpful: facts.helpful.yes,
            n_rated: facts.helpful.total,
            n_saves: facts.n_saves,
            n_readers: facts.n_viewers,
            read_through: f64::from(facts.n_readers) / f64::from(facts.n_viewers),
        })
    })
}

/// Readers as they may be told: `None` under five.
pub fn told_readers(n_readers: u32) -> Option<u32> {
    (n_readers >= FEWEST_READERS).then_some(n_readers)
}

/// Whether a member is shown under the name of one of a page's authors, by handle or name. Such names are for the staff and
/// for members whom the site's owner linked to the author, so that no stranger gains or loses anything by it.
pub fn is_author(authors: &[String], handle: &str, name: &str) -> bool {
    authors
        .iter()
        .any(|author| looks_like(author, handle) || looks_like(author, name))
}

/// The moment from which participation counts.
pub fn window_start(now: Timestamp, settings: &ScoreSettings) -> Timestamp {
    now.plus_secs(-i64::from(settings.window_days) * 86_400)
}

/// Days since 1970-01-01 (UTC).
pub fn day_of(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(86_400_000)
}

/// A visitor on one page on one day: a keyed hash of the client's address. With the key of the day gone, nobody can
/// tell whose it was; the page in it keeps two pages from being joined. Clients behind one address are told apart
/// by their browser, but however many browsers an address names, it is at most [`READERS_AN_ADDRESS`].
pub fn visitor_hash(salt: &[u8; 32], page: &PageKey, client: &str, user_agent: &str) -> String {
    let browser =
        blake3::keyed_hash(salt, user_agent.as_bytes()).as_bytes()[0] % READERS_AN_ADDRESS;
    let mut hasher = blake3::Hasher::new_keyed(salt);
    for piece in [page.as_str(), client, &browser.to_string()] {
        hasher
            .update(&(piece.len() as u64).to_le_bytes())
            .update(piece.as_bytes());
    }
    format!("v{}", &hasher.finalize().to_hex()[..32])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Access;

    const PROSE: Prose = Prose {
        readability: Some(7.0),
        n_han: 0,
        n_words: 238,
    };

    fn page(expertise: Option<f64>, practicality: Option<f64>) -> PageEntry {
        PageEntry {
            path: "/a/".into(),
            file: "a/index.html".into(),
            title: "A".into(),
            language: "en".into(),
            date: Timestamp::parse("2025-01-08T00:00:00Z"),
            updated: None,
            authors: vec!["Mei".into()],
            tags: Vec::new(),
            access: Access::Public,
            parts: Vec::new(),
            version: None,
            comments: true,
            prose: PROSE,
            public_prose: PROSE,
            expertise,
            practicality,
            content_hash: String::new(),
        }
    }

    const SETTINGS: ScoreSettings = ScoreSettings {
        shown: true,
        window_days: 7,
        hot_hours: 72,
    };

    #[test]
    fn a_silent_page_has_no_interaction() {
        let scores = compute(&Facts::default(), &page(None, None), &PROSE, &SETTINGS);
        assert_eq!(
            scores.participation,
            ParticipationScore {
                score: 0.0,
                points: 0.0,
                floor: 10.0
            }
        );
        assert_eq!(scores.interaction_quality.score, 0.0);
        assert_eq!(scores.interaction.score, 0.0);
        assert_eq!(
            (
                scores.content_quality.score,
                scores.content_quality.readability
            ),
            (None, Some(7.0))
        );
        assert_eq!(scores.hot, Some(7.0 / 3.0));
    }

    #[test]
    fn an_editors_word_stands_unchanged() {
        let marked = page(Some(9.0), Some(8.0));
        let mut facts = Facts::default();
        let content = |facts: &Facts| compute(facts, &marked, &PROSE, &SETTINGS).content_quality;
        assert_eq!(
            (content(&facts).score, content(&facts).overridden),
            (Some(8.0), false)
        );
        facts.overrides.expertise = Some(3.0);
        assert_eq!(
            (content(&facts).score, content(&facts).overridden),
            (Some(6.0), true)
        );
        facts.overrides.content = Some(4.2);
        facts.overrides.interaction = Some(1.5);
        assert_eq!(content(&facts).score, Some(4.2));
        assert_eq!(
            compute(&facts, &marked, &PROSE, &SETTINGS)
                .interaction
                .score,
            1.5
        );
    }

    #[test]
    fn few_readers_are_not_told_of() {
        assert_eq!([0, 4, 5].map(told_readers), [None, None, Some(5)]);
        let mut facts = Facts {
            n_viewers: 4,
            helpful: Helpful { yes: 1, total: 1 },
            ..Facts::default()
        };
        assert_eq!(used(&facts), None);
        facts.n_viewers = 5;
        assert!(used(&facts).is_some());
    }

    #[test]
    fn authors_are_known_by_handle_or_name() {
        let authors = ["Mei Lin".to_owned(), "bo".to_owned()];
        for (handle, name, is_one) in [
            ("mei", "mei lin", true),
            ("Bo", "", true),
            ("mei", "", false),
            ("x", "y", false),
        ] {
            assert_eq!(is_author(&authors, handle, name), is_one, "{handle} {name}");
        }
    }

    #[test]
    fn a_visitor_is_another_one_on_another_page_and_day() {
        let (one, other) = (
            PageKey::of(&PageId::new("a")),
            PageKey::of(&PageId::new("b")),
        );
        let hash = |salt: u8, page, client, agent| visitor_hash(&[salt; 32], page, client, agent);
        let here = hash(1, &one, "192.0.2.1", "x");
        assert_eq!(here, hash(1, &one, "192.0.2.1", "x"));
        for elsewhere in [
            hash(2, &one, "192.0.2.1", "x"),
            hash(1, &other, "192.0.2.1", "x"),
            hash(1, &one, "192.0.2.2", "x"),
        ] {
            assert_ne!(here, elsewhere);
        }
        let agents =
            (0..200).map(|n| visitor_hash(&[1; 32], &one, "192.0.2.1", &format!("agent {n}")));
        let readers: std::collections::BTreeSet<String> = agents.collect();
        assert_eq!(readers.len(), usize::from(READERS_AN_ADDRESS));
    }
}
