//! Which characters are Han, and where a line break in running text is no space.

/// A character that is read by itself: Han, and the kana that Japanese puts between.
pub fn is_han(c: char) -> bool {
    !c.is_ascii()
        && matches!(c as u32,
        0x3005..=0x3007 | 0x3040..=0x30FA | 0x30FC..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// Punctuation that is set full width beside Han.
fn is_full_width_mark(c: char) -> bool {
    matches!(c as u32, 0x3001..=0x3003 | 0x3008..=0x3020 | 0x3030 | 0xFE10..=0xFE1F | 0xFE30..=0xFE4F
        | 0xFF01..=0xFF0F | 0xFF1A..=0xFF20 | 0xFF3B..=0xFF40 | 0xFF5B..=0xFF65
        | 0x2014 | 0x2018..=0x201D | 0x2026)
}

/// Whether a line break between these two is no space: both are Han or their punctuation, one at least Han.
pub fn joins_lines(before: char, after: char) -> bool {
    let fits = |c| is_han(c) || is_full_width_mark(c);
    let is_wide = |c: char| is_han(c) || c as u32 >= 0x3000;
    fits(before) && fits(after) && (is_wide(before) || is_wide(after))
}
