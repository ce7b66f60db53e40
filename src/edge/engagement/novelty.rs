//! How much of a conversation has not been said before, by character 3-grams.
//!
//! Entry point: [`novelty`]. Two comments are as alike as the Jaccard index of their 3-grams says.

use std::collections::HashMap;

/// Characters of a comment that are looked at: a copy shows itself in its first lines.
const LOOKED_AT: usize = 600;
/// Comments that are looked at: the newest.
pub const MAX_COMMENTS: usize = 200;

/// The 3-grams of a text: lower-cased, runs of white space as one space; sorted, each once.
/// A text of one or two characters is its own gram.
pub fn grams(text: &str) -> Vec<u64> {
    let mut letters: Vec<char> = Vec::new();
    for letter in text
        .trim()
        .chars()
        .flat_map(char::to_lowercase)
        .take(LOOKED_AT)
    {
        let letter = if letter.is_whitespace() { ' ' } else { letter };
        if letter != ' ' || letters.last() != Some(&' ') {
            letters.push(letter);
        }
    }
    // Three characters of 21 bits fit one word, so no two grams meet by chance.
    let word = |gram: &[char]| {
        gram.iter().fold(0_u64, |word, letter| {
            word << 21 | u64::from(u32::from(*letter))
        })
    };
    let mut grams: Vec<u64> = match letters.len() {
        0 => Vec::new(),
        1 | 2 => vec![word(&letters)],
        _ => letters.windows(3).map(word).collect(),
    };
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// Jaccard index of two sorted sets, 0 to 1; two empty sets are alike.
#[cfg(test)]
pub fn likeness(one: &[u64], other: &[u64]) -> f64 {
    let (mut i, mut j, mut n_both) = (0, 0, 0_usize);
    while i < one.len() && j < other.len() {
        match one[i].cmp(&other[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                n_both += 1;
                i += 1;
                j += 1;
            }
        }
    }
    ratio(n_both, one.len() + other.len() - n_both)
}

/// One less the mean, over comments, of the largest likeness to an earlier one; oldest first, 0 to 1.
/// The first comment is wholly new; without comments there is nothing new: 0.
///
/// Only the last [`MAX_COMMENTS`] and the first 600 characters of each are looked at, so that the
/// longest conversation costs some milliseconds.
pub fn novelty(texts: &[&str]) -> f64 {
    let looked_at = &texts[texts.len().saturating_sub(MAX_COMMENTS)..];
    if looked_at.is_empty() {
        return 0.0;
    }
    let sets: Vec<Vec<u64>> = looked_at.iter().map(|text| grams(text)).collect();
    1.0 - largest_likenesses(&sets).iter().sum::<f64>() / sets.len() as f64
}

/// The largest [`likeness`] of each set to an earlier one; 0 for the first. Counts for each gram which earlier sets
/// have it, so that sets with little in common cost little.
fn largest_likenesses(sets: &[Vec<u64>]) -> Vec<f64> {
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut largest = Vec::with_capacity(sets.len());
    for (at, set) in sets.iter().enumerate() {
        let mut n_both = vec![0_usize; at];
        for gram in set {
            let holders = holders.entry(*gram).or_default();
            holders.iter().for_each(|earlier| n_both[*earlier] += 1);
            holders.push(at);
        }
        let likenesses = n_both
            .iter()
            .zip(sets)
            .map(|(n_both, earlier)| ratio(*n_both, set.len() + earlier.len() - n_both));
        largest.push(likenesses.fold(0.0, f64::max));
    }
    largest
}

/// Of two empty sets it is 1.
fn ratio(n_both: usize, n_either: usize) -> f64 {
    match n_either {
        0 => 1.0,
        _ => n_both as f64 / n_either as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_follows_the_vector() {
        for (one, other, expected) in [
            ("abcdef", "abcxyz", 0.142_857_142_857_142_85),
            ("abc", "ABC", 1.0),
            ("a  b\nc", "a b c", 1.0),
            ("ab", "abc", 0.0),
            ("", "", 1.0),
            ("", "abc", 0.0),
            ("好文章", "好文章", 1.0),
        ] {
            let found = likeness(&grams(one), &grams(other));
            assert!((found - expected).abs() < 1e-9, "{one} {other}: {found}");
        }
    }

    #[test]
    fn copies_are_not_new() {
        for (texts, expected) in [
            (vec![], 0.0),
            (vec!["first of all"], 1.0),
            (vec!["same words", "same words"], 0.5),
            (vec!["one thing", "quite unlike", "quite unlike"], 2.0 / 3.0),
        ] {
            assert!(
                (novelty(&texts) - expected).abs() < 1e-9,
                "{texts:?}: {}",
                novelty(&texts)
            );
        }
    }

    /// What is counted by grams is the likeness of each two, to the last bit.
    #[test]
    fn counting_by_grams_is_comparing_each_two() {
        let text = |n: usize| match n % 7 {
            0 => String::new(),
            1 => "一样的话，一样的话".into(),
            2 => format!("{n}"),
            _ => format!("says {} of {} and {}", n * 31 % 11, n * 17 % 5, n % 3),
        };
        for n_texts in [0, 1, 2, 40, 90] {
            let sets: Vec<Vec<u64>> = (0..n_texts).map(|n| grams(&text(n))).collect();
            let compared = |at: usize| {
                let likenesses = sets[..at]
                    .iter()
                    .map(|earlier| likeness(earlier, &sets[at]));
                likenesses.fold(0.0, f64::max)
            };
            let expected: Vec<u64> = (0..n_texts).map(|at| compared(at).to_bits()).collect();
            let found: Vec<u64> = largest_likenesses(&sets)
                .iter()
                .map(|it| it.to_bits())
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn old_comments_are_not_looked_at() {
        let texts: Vec<String> = (0..1_000).map(|n| format!("{n} {}", n * 7_919)).collect();
        let all: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(novelty(&all), novelty(&all[all.len() - MAX_COMMENTS..]));
    }
}
