//! How easy prose is to read, 0 to 10: the pure formulas. DESIGN's section 7 gives them and their constants.

/// English prose: `10 - 0.75 (ARI - 7)`, the Automated Readability Index of Smith and Senter (1967) by letters, words
/// and sentences. `None` without words.
pub fn english(n_letters: f64, n_words: f64, n_sentences: f64) -> Option<f64> {
    if n_words == 0.0 {
        return None;
    }
    let index = 4.71 * (n_letters / n_words) + 0.5 * (n_words / n_sentences.max(1.0)) - 21.43;
    Some((10.0 - 0.75 * (index - 7.0)).clamp(0.0, 10.0))
}

/// Chinese prose, by Han characters, sentences, clauses, and characters outside the 3,000 of GF 0025-2021.
/// `None` without Han.
pub fn chinese(n_han: f64, n_sentences: f64, n_clauses: f64, n_rare: f64) -> Option<f64> {
    if n_han == 0.0 {
        return None;
    }
    let over = |value: f64, free: f64| (value - free).max(0.0);
    let score = 10.0
        - 0.1 * over(n_han / n_sentences.max(1.0), 25.0)
        - 0.25 * over(n_han / n_clauses.max(1.0), 12.0)
        - 60.0 * over(n_rare / n_han, 0.01);
    Some(score.clamp(0.0, 10.0))
}

/// How many Han characters a Latin word weighs.
pub const HAN_PER_WORD: f64 = 1.6;

/// Both by their weight, less the penalty for missing structure (0 to 2). `None` without prose.
pub fn mixed(
    chinese: Option<f64>,
    n_han: f64,
    english: Option<f64>,
    n_words: f64,
    penalty: f64,
) -> Option<f64> {
    let weight_zh = if chinese.is_some() { n_han } else { 0.0 };
    let weight_en = if english.is_some() {
        n_words * HAN_PER_WORD
    } else {
        0.0
    };
    let weight = weight_zh + weight_en;
    if weight == 0.0 {
        return None;
    }
    let sum = chinese.unwrap_or(0.0) * weight_zh + english.unwrap_or(0.0) * weight_en;
    Some((sum / weight - penalty.clamp(0.0, 2.0)).clamp(0.0, 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_come_out() {
        for (found, wanted) in [
            (english(4700.0, 1000.0, 60.0), 8.469749999999998),
            (chinese(1200.0, 40.0, 100.0, 18.0), 9.2),
            (chinese(1200.0, 20.0, 60.0, 60.0), 2.1),
            (
                mixed(Some(9.5), 1200.0, Some(8.0), 300.0, 0.5),
                8.571428571428571,
            ),
        ] {
            assert!(
                (found.unwrap() - wanted).abs() < 1e-9,
                "{found:?} for {wanted}"
            );
        }
        assert_eq!(english(0.0, 0.0, 0.0), None);
        assert_eq!(chinese(0.0, 0.0, 0.0, 0.0), None);
        assert_eq!(mixed(None, 0.0, None, 0.0, 1.0), None);
    }
}
