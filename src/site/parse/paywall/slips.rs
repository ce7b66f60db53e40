//! How many slips of the pen lie between what was typed and a word.
//!
//! Entry point: [`cost`]. What a hand does easily is cheap: it drops a letter, swaps two, types one twice or hits the key
//! beside it. Any other letter in place of the right one costs double.

use strsim::osa_distance;

const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// The cost of all slips between a token and a word.
pub fn cost(token: &str, word: &str) -> usize {
    let (token, word): (Vec<char>, Vec<char>) = (token.chars().collect(), word.chars().collect());
    let added = |at: usize| {
        let before = at.checked_sub(1).map(|before| token[before]);
        let near = [before, token.get(at + 1).copied()];
        let is_cheap = near.iter().flatten().any(|it| is_near(token[at], *it));
        if is_cheap { 1 } else { 2 }
    };
    let mut costs = vec![(0..=word.len()).collect::<Vec<usize>>(); token.len() + 1];
    for row in 1..=token.len() {
        costs[row][0] = costs[row - 1][0] + added(row - 1);
        for column in 1..=word.len() {
            let (typed, right) = (token[row - 1], word[column - 1]);
            let changed = match typed == right {
                true => 0,
                false if is_near(typed, right) => 1,
                false => 2,
            };
            let mut least = (costs[row - 1][column] + added(row - 1))
                .min(costs[row][column - 1] + 1)
                .min(costs[row - 1][column - 1] + changed);
            let is_swap =
                row > 1 && column > 1 && typed == word[column - 2] && token[row - 2] == right;
            if is_swap {
                least = least.min(costs[row - 2][column - 2] + 1);
            }
            costs[row][column] = least;
        }
    }
    costs[token.len()][word.len()]
}

/// Whether two letters are one, or on keys beside each other.
fn is_near(one: char, other: char) -> bool {
    let place = |letter: char| {
        let mut rows = ROWS.iter().enumerate();
        rows.find_map(|(row, keys)| Some((row, 2 * keys.find(letter)? + row)))
    };
    let (Some((row, at)), Some((other_row, other_at))) = (place(one), place(other)) else {
        return one == other;
    };
    match row.abs_diff(other_row) {
        0 => at.abs_diff(other_at) <= 2,
        1 => at.abs_diff(other_at) <= 1,
        _ => false,
    }
}

/// The number of slips, of any kind. Letters that were typed several times are one slip, and so are the right letters in
/// any other order.
pub fn count(token: &str, word: &str) -> usize {
    let distance = osa_distance(token, word);
    let letters = |text: &str| text.chars().collect::<Vec<char>>();
    let sorted = |text: &str| {
        let mut letters = letters(text);
        letters.sort_unstable();
        letters
    };
    let squeezed = |text: &str| {
        let mut letters = letters(text);
        letters.dedup();
        letters
    };
    let is_one =
        distance > 1 && (sorted(token) == sorted(word) || squeezed(token) == squeezed(word));
    if is_one { 1 } else { distance }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_hand_does_easily_is_cheap() {
        for (token, wanted) in [
            ("paid", 0),
            ("pad", 1),
            ("apid", 1),
            ("paaid", 1),
            ("psid", 1),
            ("paixd", 1),
            ("pqaid", 1),
            ("said", 2),
            ("pd", 2),
            ("apidd", 2),
            ("lad", 2),
            ("page", 3),
            ("main", 4),
        ] {
            assert_eq!(cost(token, "paid"), wanted, "{token}");
        }
    }

    #[test]
    fn letters_in_any_order_are_one_slip() {
        for (token, wanted) in [
            ("paid", 0),
            ("diap", 1),
            ("ppaaiidd", 1),
            ("said", 1),
            ("main", 2),
        ] {
            assert_eq!(count(token, "paid"), wanted, "{token}");
        }
    }
}
