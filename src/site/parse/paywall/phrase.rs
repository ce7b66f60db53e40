//! What folded words mean, all of them together: a gate, a divider, or nothing.
//!
//! Entry point: [`phrase`]. Each word must be one of a marker's, or nearly one; a word that is neither makes the whole text
//! an ordinary one.

use crate::ids::TierId;
use crate::site::parse::paywall::fold::fold;
use crate::site::parse::paywall::meaning::Meaning;
use crate::site::parse::paywall::slips::{cost, count};
use crate::site::parse::paywall::words::{
    CLOSERS, DIVIDERS, DIVIDING, DIVIDING_FILLERS, GATES, KEYS, NO_STEMS, NOTES, ORDINARY, STEMS,
    WORDS, Word, has,
};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What folded words mean, all of them together.
pub fn phrase(folded: &str, tiers: &[TierId]) -> Option<Meaning> {
    let folded = folded.trim();
    if is_ghost_block(folded) {
        let slash = if folded.contains("end") { "/" } else { "" };
        return Some(Meaning::NearGate(Some(format!("{slash}members"))));
    }
    let is_closing = folded.starts_with('/');
    let tokens = tokens(folded);
    let joined: String = tokens.concat();
    let gate = Reading::of(&tokens, tiers).or_else(|| Reading::joined(&joined, &tokens, tiers));
    let gate = gate.or_else(|| tier(folded, tiers));
    let gate = gate.or_else(|| keyed(&tokens, tiers));
    let gate = gate.or_else(|| closed(&joined, &tokens));
    let gate = gate.or_else(|| closing(is_closing, &tokens));
    if let Some(reading) = gate {
        return Some(Meaning::NearGate(reading.meant(is_closing)));
    }
    divider(&joined, &tokens)
}

/// Whether every word is exactly one of a marker's, and they close something: `premium-content`, `@access paid`.
pub fn is_exact(folded: &str, tiers: &[TierId]) -> bool {
    let tokens = tokens(folded);
    let reading = Reading::of(&tokens, tiers);
    reading.is_some_and(|it| it.n_guessed == 0 && it.gate.is_some_and(|gate| !gate.is_empty()))
}

fn tokens(folded: &str) -> Vec<&str> {
    let tokens = folded.split(|c: char| !c.is_alphanumeric());
    tokens.filter(|it| !it.is_empty()).collect()
}

/// What follows a word that names readers or a tool, such as `audience: members` and `show to members`.
fn keyed(tokens: &[&str], tiers: &[TierId]) -> Option<Reading> {
    let (key, rest) = tokens.split_first()?;
    let rest = rest.strip_prefix(&["if"]).unwrap_or(rest);
    let reading =
        Reading::of(rest, tiers).filter(|_| has(KEYS, key) && rest.len() <= KEYED_TOKENS)?;
    (reading.n_guessed == 0).then_some(reading)
}

/// Phrases of which no word is a marker's, and a paywall in few words.
fn closed(joined: &str, tokens: &[&str]) -> Option<Reading> {
    let unlimited = joined.strip_suffix("only").unwrap_or(joined);
    let is_note = tokens.iter().any(|it| has(NOTES, it));
    let is_paywall = tokens.len() <= PAYWALL_TOKENS
        && tokens
            .iter()
            .any(|it| matches!(*it, "paywall" | "paywalled"));
    let gate = match () {
        () if is_paywall && !is_note => "paid",
        () if has(GATES, unlimited) => "",
        () => return None,
    };
    Some(Reading {
        gate: Some(gate.into()),
        ..Reading::default()
    })
}

/// What closes a text that others may not read, though no opener could be told: `/private`, `/ly-paid`, `end hidden`.
fn closing(is_closing: bool, tokens: &[&str]) -> Option<Reading> {
    let is_bound = |it: &&str| matches!(*it, "end" | "ends" | "close" | "stop" | "结束" | "結束");
    let inside: Vec<&str> = tokens.iter().copied().filter(|it| !is_bound(it)).collect();
    let is_end = is_closing || inside.len() < tokens.len();
    let names = match inside[..] {
        [word] if is_end => has(CLOSERS, word) || (is_closing && has_stem(word)),
        _ => is_closing && inside.len() <= CLOSING_TOKENS && inside.iter().any(|it| has_stem(it)),
    };
    names.then(|| Reading {
        gate: Some(String::new()),
        ..Reading::default()
    })
}

/// Whether a word has one in it that gates what it encloses: `ripay`, `userprotected`. `-` in it does not count.
pub fn has_stem(word: &str) -> bool {
    let letters: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    let by_chance = NO_STEMS.split(' ').any(|it| letters.contains(it));
    !by_chance && STEMS.split_whitespace().any(|it| letters.contains(it))
}

/// Words behind a key.
const KEYED_TOKENS: usize = 4;
/// Words of a comment that names a paywall and says where it is to stand.
const PAYWALL_TOKENS: usize = 4;
/// Words of what closes a text.
const CLOSING_TOKENS: usize = 3;
/// Words of what ends a teaser in another tool.
const DIVIDING_TOKENS: usize = 5;

fn divider(joined: &str, tokens: &[&str]) -> Option<Meaning> {
    let n_chars = joined.chars().count();
    let is_short = (3..=6).contains(&n_chars) && (tokens.len() == 1 || joined == "more");
    let is_near = || count(joined, "more") <= 1 || cost(joined, "more") <= 2;
    if is_short && !has(ORDINARY, joined) && is_near() {
        return Some(Meaning::NearDivider);
    }
    (has(DIVIDERS, joined) || divides(tokens)).then_some(Meaning::ForeignDivider)
}

/// Whether words are such as other tools and people write where a teaser ends: `show more`, `intro end`, `摘要`.
fn divides(tokens: &[&str]) -> bool {
    let mut is_named = false;
    let mut is_known = |token: &&str| {
        let kinds = pieces(token, &DIVIDING_WORDS);
        is_named |= kinds.as_ref().is_some_and(|it| it.contains(&true));
        kinds.is_some()
    };
    tokens.len() <= DIVIDING_TOKENS && tokens.iter().all(&mut is_known) && is_named
}

/// Whether each of the words names where a teaser ends, or may stand around one that does.
static DIVIDING_WORDS: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    let lists = [(DIVIDING_FILLERS, false), (DIVIDING, true)];
    let each = lists
        .iter()
        .flat_map(|(list, names)| list.split_whitespace().map(move |text| (text, *names)));
    each.map(|(text, names)| (fold(text), names)).collect()
});

/// What the words of a phrase add up to.
#[derive(Default)]
struct Reading {
    /// The word that was meant: `members`, `paid` or `tier:ID`; empty where it is not known.
    gate: Option<String>,
    is_end: bool,
    is_weak: bool,
    is_limit: bool,
    n_guessed: usize,
}

impl Reading {
    /// Reads each word by itself; `None` where one is no word of a marker, or where nothing is gated.
    fn of(tokens: &[&str], tiers: &[TierId]) -> Option<Self> {
        let mut reading = Reading::default();
        let n_tokens = tokens.len();
        for token in tokens {
            let is_number = token.len() <= 3 && token.bytes().all(|it| it.is_ascii_digit());
            let is_letter = token.len() == 1 && token.is_ascii();
            if n_tokens > 1 && (is_letter || is_number) {
                continue;
            }
            if let Some(id) = tier_named(token, tiers) {
                reading.gate = Some(format!("tier:{id}"));
                continue;
            }
            let words = split(token).or_else(|| guess(token, n_tokens))?;
            reading.n_guessed += usize::from(words.is_guess);
            for word in words.list {
                reading.add(word);
            }
        }
        reading.checked()
    }

    /// Reads a phrase that spaces have torn apart, such as `mem bers`.
    fn joined(joined: &str, tokens: &[&str], tiers: &[TierId]) -> Option<Self> {
        if tokens.len() < 2 || joined.chars().count() > 24 {
            return None;
        }
        let id = joined.strip_prefix("tier").unwrap_or(joined);
        if let Some(id) = tier_named(id, tiers) {
            return Some(Reading {
                gate: Some(format!("tier:{id}")),
                ..Reading::default()
            });
        }
        let words = split(joined).or_else(|| {
            let is_members = joined.len() >= 6 && count(joined, "members") <= 1;
            is_members.then(|| Words {
                list: vec![Word::Members],
                is_guess: true,
            })
        })?;
        let mut reading = Reading::default();
        for word in words.list {
            reading.add(word);
        }
        reading.checked()
    }

    fn add(&mut self, word: Word) {
        match word {
            Word::Members => drop(self.gate.get_or_insert_with(|| "members".into())),
            // `paid members` are those who pay.
            Word::Paid => self.gate = Some("paid".into()),
            Word::Tier | Word::Public => drop(self.gate.get_or_insert_default()),
            Word::Weak => self.is_weak = true,
            Word::Limit => self.is_limit = true,
            Word::End => self.is_end = true,
            Word::Begin | Word::Filler => {}
        }
    }

    fn checked(mut self) -> Option<Self> {
        if self.gate.is_none() && self.is_weak && self.is_limit {
            self.gate = Some("members".into());
        }
        (self.gate.is_some() && self.n_guessed <= 2).then_some(self)
    }

    fn meant(self, is_closing: bool) -> Option<String> {
        let slash = if is_closing || self.is_end { "/" } else { "" };
        self.gate
            .filter(|it| !it.is_empty())
            .map(|it| format!("{slash}{it}"))
    }
}

/// The tier whose id a token is, folded.
fn tier_named<'t>(token: &str, tiers: &'t [TierId]) -> Option<&'t TierId> {
    let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    tiers
        .iter()
        .find(|it| letters(&it.as_str().to_ascii_lowercase()) == token)
}

/// `tier` and what stands behind it, whatever stands between them: `tier: pro`, `tier-pro`, `teir:pro`.
fn tier(folded: &str, tiers: &[TierId]) -> Option<Reading> {
    let text = folded.trim_matches(|c: char| !c.is_alphanumeric());
    let is_end = text.starts_with("end");
    let text = ["end", "start", "begin"]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .map_or(text, |rest| rest.trim_start_matches([' ', '-', ':']));
    let end = text
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let id = rest.trim_matches(|c: char| !c.is_alphanumeric());
    let is_word = word == "tier" || word == "tiers";
    let separator = rest[..rest.find(char::is_alphanumeric).unwrap_or(rest.len())].trim();
    let is_near =
        (3..=6).contains(&word.len()) && (count(word, "tier") <= 1 || cost(word, "tier") <= 2);
    let is_known = || tier_named(&id.replace('-', ""), tiers).is_some();
    let is_one = !id.is_empty() && !id.contains(' ');
    // `tier list` ranks something.
    let is_list = matches!(id, "list" | "lists") && !is_known();
    let is_meant = !is_list && is_word || (is_near && (!separator.is_empty() || is_known()));
    let glued = || {
        let id = word
            .strip_prefix("tiers")
            .or_else(|| word.strip_prefix("tier"))?;
        tier_named(id, tiers)
    };
    if is_meant && is_one {
        return Some(Reading {
            gate: Some(format!("tier:{id}")),
            is_end,
            ..Reading::default()
        });
    }
    let known = glued().filter(|_| rest.is_empty())?;
    Some(Reading {
        gate: Some(format!("tier:{known}")),
        is_end,
        ..Reading::default()
    })
}

/// Words of one token.
struct Words {
    list: Vec<Word>,
    is_guess: bool,
}

static KNOWN: LazyLock<HashMap<String, Word>> = LazyLock::new(|| {
    let all = WORDS.iter().rev();
    let each = all.flat_map(|(word, list)| list.split(' ').map(move |text| (text, *word)));
    // Folding takes the long mark of katakana for a dash, so words in the list end before it.
    each.map(|(text, word)| (fold(text), word)).collect()
});

/// The words that a token consists of, such as `membersonly` or `会员可见`; the fewest.
fn split(token: &str) -> Option<Words> {
    let list = pieces(token, &KNOWN)?;
    Some(Words {
        list,
        is_guess: false,
    })
}

/// What the words of a dictionary say that a token consists of; the fewest.
fn pieces<W: Copy>(token: &str, known: &HashMap<String, W>) -> Option<Vec<W>> {
    if let Some(word) = known.get(token) {
        return Some(vec![*word]);
    }
    let bounds: Vec<usize> = token
        .char_indices()
        .map(|(at, _)| at)
        .chain([token.len()])
        .collect();
    let mut best: Vec<Option<Vec<W>>> = vec![None; bounds.len()];
    best[0] = Some(Vec::new());
    for end in 1..bounds.len() {
        for start in end.saturating_sub(14)..end {
            let text = &token[bounds[start]..bounds[end]];
            let is_letter = text.len() == 1;
            let (Some(before), Some(word)) = (&best[start], known.get(text)) else {
                continue;
            };
            let is_fewer = best[end]
                .as_ref()
                .is_none_or(|it| it.len() > before.len() + 1);
            if is_fewer && !is_letter {
                let mut list = before.clone();
                list.push(*word);
                best[end] = Some(list);
            }
        }
    }
    best.pop().flatten()
}

/// The word that a token with a slip was meant to be, in a phrase of few words.
fn guess(token: &str, n_tokens: usize) -> Option<Words> {
    let n_chars = token.chars().count();
    if n_tokens > 3 || !(3..=16).contains(&n_chars) || has(ORDINARY, token) {
        return None;
    }
    let near = |word: &str, limit: usize| count(token, word) <= limit;
    // A word by itself is looked at more closely: nothing else tells what it is.
    let paid = if n_tokens == 1 { 3 } else { 2 };
    let word = if near("members", 2)
        || near("member", 1)
        || near("subscribers", 2)
        || near("subscriber", 1)
        || near("membersonly", 2)
    {
        Word::Members
    } else if near("paid", 1)
        || cost(token, "paid") <= paid
        || near("premium", 1)
        || near("paywall", 1)
    {
        Word::Paid
    } else {
        let long = ["only", "start", "begin", "access", "content", "visible"];
        match n_tokens > 1 && long.iter().any(|it| near(it, 1) || cost(token, it) <= 3) {
            true => Word::Filler,
            false => return None,
        }
    };
    Some(Words {
        list: vec![word],
        is_guess: true,
    })
}

/// Ghost's `kg-gated-block:begin nonMember:false …`, whatever its attributes.
pub fn is_ghost_block(folded: &str) -> bool {
    folded.trim_start().starts_with("kg-gated-block")
}
