//! Slips of the pen: what typing, copying and input methods do to a word.

use crate::edits::chance::Chance;

/// Letters, and others that look the same.
const LOOK_ALIKES: [(char, char); 14] = [
    ('a', 'а'),
    ('c', 'с'),
    ('e', 'е'),
    ('i', 'і'),
    ('o', 'о'),
    ('p', 'р'),
    ('s', 'ѕ'),
    ('x', 'х'),
    ('y', 'у'),
    ('d', 'ԁ'),
    ('a', 'ａ'),
    ('s', 'ｓ'),
    ('m', 'ｍ'),
    ('t', 'ｔ'),
];

/// Characters that nobody sees.
pub const INVISIBLE: [char; 7] = [
    '\u{200b}', '\u{200c}', '\u{200d}', '\u{feff}', '\u{2060}', '\u{ad}', '\u{200e}',
];

/// The word with one letter left out, doubled, swapped with the next, or taken for its neighbour.
pub fn typed(word: &str, chance: &mut Chance) -> String {
    let letters: Vec<char> = word.chars().collect();
    let at = chance.below(letters.len());
    let mut typed = letters.clone();
    match chance.below(4) {
        0 if letters.len() > 3 => drop(typed.remove(at)),
        1 => typed.insert(at, letters[at]),
        2 if at + 1 < letters.len() && letters[at] != letters[at + 1] => typed.swap(at, at + 1),
        _ => typed[at] = neighbour(letters[at]),
    }
    typed.into_iter().collect()
}

/// The key to the right on a keyboard.
fn neighbour(letter: char) -> char {
    let rows = ["qwertyuiop", "asdfghjkl;", "zxcvbnm,"];
    let next = rows.iter().find_map(|row| {
        let at = row.find(letter)?;
        row[at + 1..].chars().next()
    });
    next.filter(char::is_ascii_lowercase).unwrap_or('e')
}

/// The word with a letter from another alphabet, or with a mark that is not seen.
pub fn disguised(word: &str, chance: &mut Chance) -> String {
    let known: Vec<&(char, char)> = LOOK_ALIKES
        .iter()
        .filter(|it| word.contains(it.0))
        .collect();
    if known.is_empty() || chance.once_in(3) {
        let at = chance.below(word.chars().count() + 1);
        let mut letters: Vec<char> = word.chars().collect();
        letters.insert(at, *chance.pick(&INVISIBLE));
        return letters.into_iter().collect();
    }
    let (letter, other) = chance.pick(&known);
    word.replacen(*letter, &other.to_string(), 1)
}

/// One slip or two of either kind.
pub fn slipped(word: &str, chance: &mut Chance) -> String {
    let mut slipped = word.to_owned();
    for _ in 0..=chance.below(2) {
        slipped = match chance.once_in(3) {
            true => disguised(&slipped, chance),
            false => typed(&slipped, chance),
        };
    }
    match slipped == word {
        true => typed(word, chance),
        false => slipped,
    }
}
