//! What a head decides: who may read the page, whether it is a draft, and when it is published.
//!
//! Several names may say the same thing. They must agree: of two that do not, neither can be believed.

use crate::clock::Timestamp;
use crate::diag::nearest;
use crate::ids::{Access, TierId};
use crate::site::parse::ParseSettings;
use crate::site::parse::front_matter::keys::Field;
use crate::site::parse::front_matter::node::Node;
use crate::site::parse::front_matter::{dates, values};

/// What one entry decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Who may read the gated parts.
    Access(Access),
    /// Whoever has one of the tiers that another entry names.
    ByTiers,
    /// Those tiers; the lowest of them.
    Tiers(Option<Access>),
    /// Whether it is a draft.
    Draft(bool),
    /// It is published at its date.
    Scheduled,
    /// A moment, or none.
    At(Option<Timestamp>),
}

/// Why an entry decides nothing.
pub enum Refusal {
    /// This is what fits.
    Misfit(&'static str),
    /// It is no date, for this reason.
    NoDate(String),
    /// This names nobody; with a word that may be meant.
    Nobody(String, Option<String>),
}

const DATE: &str = "a date such as `2026-01-31` or `2026-01-31 08:00:00 +08:00`";
const ACCESS: &str = "`public`, `members`, `paid` or a tier's id";
const TIERS: &str = "a list of tiers";
const FLAG: &str = "`true` or `false`";
const STATUS: &str = "`draft`, `published` or `scheduled`";

/// What the value of a field decides.
pub fn decide(field: Field, value: &Node, settings: &ParseSettings) -> Result<Decision, Refusal> {
    match field {
        Field::Access => access(value, settings),
        Field::Tiers => Ok(Decision::Tiers(tiers(value, settings)?)),
        Field::Draft => flag(value)
            .map(Decision::Draft)
            .ok_or(Refusal::Misfit(FLAG)),
        Field::Status => status(value),
        Field::Published => match flag(value) {
            Some(is_published) => Ok(Decision::Draft(!is_published)),
            None if is_empty(value) => Err(Refusal::Misfit("a date, `true` or `false`")),
            None => moment(value, settings),
        },
        Field::PublishAt | Field::ExpiresAt if is_empty(value) => Err(Refusal::Misfit(DATE)),
        _ => moment(value, settings),
    }
}

fn is_empty(value: &Node) -> bool {
    match value {
        Node::Null => true,
        Node::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn moment(value: &Node, settings: &ParseSettings) -> Result<Decision, Refusal> {
    match value {
        _ if is_empty(value) => Ok(Decision::At(None)),
        Node::Text(text) => match dates::parse(text, &settings.timezone) {
            Some(at) => Ok(Decision::At(Some(at))),
            None => Err(Refusal::NoDate(dates::fault(text))),
        },
        _ => Err(match value.scalar() {
            Some(text) => Refusal::NoDate(dates::fault(&text)),
            None => Refusal::Misfit(DATE),
        }),
    }
}

fn flag(value: &Node) -> Option<bool> {
    match value {
        Node::Bool(value) => Some(*value),
        Node::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn status(value: &Node) -> Result<Decision, Refusal> {
    let text = value.scalar().unwrap_or_default();
    match text.trim().to_ascii_lowercase().as_str() {
        "draft" => Ok(Decision::Draft(true)),
        "published" | "publish" => Ok(Decision::Draft(false)),
        "scheduled" => Ok(Decision::Scheduled),
        _ => Err(Refusal::Misfit(STATUS)),
    }
}

fn access(value: &Node, settings: &ParseSettings) -> Result<Decision, Refusal> {
    match value {
        Node::Text(text) if text.trim() == "tiers" => Ok(Decision::ByTiers),
        Node::Text(text) if !text.trim().is_empty() => {
            word(text.trim(), &settings.tiers).map(Decision::Access)
        }
        Node::List(_) => by_list(value, settings),
        Node::Map(entries) => match &entries[..] {
            [(key, list)] if key == "tiers" => by_list(list, settings),
            _ => Err(Refusal::Misfit(ACCESS)),
        },
        _ => Err(Refusal::Misfit(ACCESS)),
    }
}

fn by_list(list: &Node, settings: &ParseSettings) -> Result<Decision, Refusal> {
    let lowest = tiers(list, settings)?;
    lowest.map(Decision::Access).ok_or(Refusal::Misfit(ACCESS))
}

/// Of several tiers the one of the lowest rank, for a higher one may read what it may. `None` for an empty list.
fn tiers(value: &Node, settings: &ParseSettings) -> Result<Option<Access>, Refusal> {
    let names = values::terms(value, false).ok_or(Refusal::Misfit(TIERS))?;
    let mut lowest: Option<usize> = None;
    for name in names {
        let place = settings.tiers.iter().position(|it| it.as_str() == name);
        let place = place.ok_or_else(|| {
            let near = nearest(&name, settings.tiers.iter().map(TierId::as_str));
            let near = near.map(String::from);
            Refusal::Nobody(name, near)
        })?;
        lowest = Some(lowest.map_or(place, |it| it.min(place)));
    }
    Ok(lowest.map(|it| Access::Tier(settings.tiers[it].clone())))
}

/// One of the words, `tier:ID`, or the id of a tier of this site by itself.
fn word(text: &str, tiers: &[TierId]) -> Result<Access, Refusal> {
    let lower = text.to_ascii_lowercase();
    let word = Access::parse(text).or_else(|| Access::parse(&lower));
    let tier = || {
        let tier = tiers.iter().find(|it| it.as_str() == text)?;
        Some(Access::Tier(tier.clone()))
    };
    word.or_else(tier).ok_or_else(|| {
        let known = ["public", "members", "paid"].into_iter();
        let known = known.chain(tiers.iter().map(TierId::as_str));
        let near = nearest(text, known).map(String::from);
        Refusal::Nobody(text.into(), near)
    })
}

/// What several entries decide together.
#[derive(Default)]
pub struct Decisions {
    access: Option<(Decision, String)>,
    tiers: Option<(Access, String)>,
    draft: Option<(bool, String)>,
    is_scheduled: Option<String>,
    dates: Vec<(Field, Option<Timestamp>, String)>,
}

/// Two keys that say different things.
pub struct Disagreement {
    /// The key that counts first.
    pub first: String,
    /// The other.
    pub second: String,
}

impl Decisions {
    /// Adds what a key decides; fails where another key says something else.
    pub fn add(&mut self, field: Field, key: &str, decision: Decision) -> Result<(), Disagreement> {
        match decision {
            Decision::Access(_) | Decision::ByTiers => agree(&mut self.access, decision, key),
            Decision::Tiers(None) => Ok(()),
            Decision::Tiers(Some(lowest)) => agree(&mut self.tiers, lowest, key),
            Decision::Draft(is_draft) => agree(&mut self.draft, is_draft, key),
            Decision::Scheduled => {
                self.is_scheduled = Some(key.into());
                agree(&mut self.draft, false, key)
            }
            Decision::At(at) => self.add_date(field, at, key),
        }
    }

    fn add_date(
        &mut self,
        field: Field,
        at: Option<Timestamp>,
        key: &str,
    ) -> Result<(), Disagreement> {
        let field = if field == Field::Published {
            Field::Date
        } else {
            field
        };
        // An empty date says nothing, and begun is not published.
        let Some(before) = self.dates.iter().find(|it| it.0 == field && it.1.is_some()) else {
            self.dates.push((field, at, key.into()));
            return Ok(());
        };
        match field == Field::Created || at.is_none() || at == before.1 {
            true => Ok(()),
            false => Err(Disagreement {
                first: before.2.clone(),
                second: key.into(),
            }),
        }
    }

    /// The moment of a field.
    pub fn at(&self, field: Field) -> Option<Timestamp> {
        self.dates
            .iter()
            .filter(|it| it.0 == field)
            .find_map(|it| it.1)
    }

    /// Whether it is a draft.
    pub fn is_draft(&self) -> bool {
        self.draft.as_ref().is_some_and(|it| it.0)
    }

    /// First publication: its date, else when it was begun, else when it is to be published.
    pub fn date(&self) -> Option<Timestamp> {
        let date = self.at(Field::Date).or_else(|| self.at(Field::Created));
        date.or_else(|| self.at(Field::PublishAt))
    }

    /// The key that says that the page is published at its date, where it has none.
    pub fn scheduled_for_no_date(&self) -> Option<&str> {
        self.is_scheduled
            .as_deref()
            .filter(|_| self.date().is_none())
    }

    /// The key that says who may read; empty if none does.
    pub fn access_key(&self) -> &str {
        let access = self.access.as_ref().map(|(_, key)| key.as_str());
        access.unwrap_or_default()
    }

    /// Who may read, where the head says so; fails where `access` and `tiers` do not go together.
    pub fn access(&self) -> Result<Option<Access>, TiersMisfit> {
        match (&self.access, &self.tiers) {
            (None, None) => Ok(None),
            (Some((Decision::Access(access), _)), None) => Ok(Some(access.clone())),
            (Some((Decision::ByTiers, _)), Some((lowest, _))) => Ok(Some(lowest.clone())),
            (Some((Decision::Access(access), _)), Some((lowest, _))) if access == lowest => {
                Ok(Some(access.clone()))
            }
            (Some((Decision::Access(_), key)), Some((_, tiers))) => {
                Err(TiersMisfit::Disagree(Disagreement {
                    first: key.clone(),
                    second: tiers.clone(),
                }))
            }
            (Some((_, key)), _) => Err(TiersMisfit::None(key.clone())),
            (None, Some((_, tiers))) => Err(TiersMisfit::Alone(tiers.clone())),
        }
    }
}

/// Why `access` and `tiers` say nothing together; with the key that is at fault.
pub enum TiersMisfit {
    /// They say different things.
    Disagree(Disagreement),
    /// `access` asks for tiers, and none is named.
    None(String),
    /// Tiers are named, and `access` does not ask for them.
    Alone(String),
}

fn agree<T: PartialEq>(
    slot: &mut Option<(T, String)>,
    said: T,
    key: &str,
) -> Result<(), Disagreement> {
    match slot {
        Some((before, first)) if *before != said => Err(Disagreement {
            first: first.clone(),
            second: key.into(),
        }),
        Some(_) => Ok(()),
        None => {
            *slot = Some((said, key.into()));
            Ok(())
        }
    }
}
