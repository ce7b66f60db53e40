//! Where a list goes on: cursors that mean something only to the list they came from, and page sizes.
//!
//! Entry points: [`write`] and [`parse`]. A cursor holds the last row's place in the order and a checksum
//! over it and the list's name, so that one of another list, or a guessed one, is refused. It opens
//! nothing: a list shows the same rows to the same reader with and without it.

use crate::edge::error::ApiError;
use data_encoding::BASE64URL_NOPAD;

/// Rows of a list when nobody asks for a number.
pub const PAGE_SIZE: i64 = 20;
/// Rows of a list at most.
pub const MAX_ON_PAGE: i64 = 100;
/// Bytes of the checksum.
const CHECK: usize = 8;

/// The place of a row in an order: a number, and an id where numbers are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A time in milliseconds, or the bits of a score.
    pub key: i64,
    /// Breaks ties.
    pub id: String,
}

/// The cursor that goes on after `place` in the list called `list`.
pub fn write(list: &str, place: &Place) -> String {
    let mut bytes = place.key.to_be_bytes().to_vec();
    bytes.extend_from_slice(place.id.as_bytes());
    let check = checksum(list, &bytes);
    bytes.extend_from_slice(&check);
    BASE64URL_NOPAD.encode(&bytes)
}

/// Reads what [`write`] wrote for the same list; `None` for anything else.
pub fn parse(list: &str, cursor: &str) -> Option<Place> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
    let (bytes, check) = bytes.split_last_chunk::<CHECK>()?;
    if *check != checksum(list, bytes) {
        return None;
    }
    let (key, id) = bytes.split_first_chunk::<8>()?;
    let id = String::from_utf8(id.to_vec()).ok()?;
    Some(Place {
        key: i64::from_be_bytes(*key),
        id,
    })
}

/// Rows to show for `?limit=`: 20 when left out, never under 1 or over 100 (AUTHZ-16).
pub fn page_size(asked: Option<i64>) -> i64 {
    asked.unwrap_or(PAGE_SIZE).clamp(1, MAX_ON_PAGE)
}

/// The answer to a cursor that [`parse`] does not know.
pub fn not_of_this_list() -> ApiError {
    ApiError::Malformed("this cursor is not of this list".into())
}

fn checksum(list: &str, bytes: &[u8]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new_derive_key("lyceum 2026 list cursor");
    hasher
        .update(&(list.len() as u64).to_be_bytes())
        .update(list.as_bytes())
        .update(bytes);
    let mut check = [0; CHECK];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let place = Place {
            key: -5,
            id: "0190-x".into(),
        };
        let cursor = write("a", &place);
        assert_eq!(parse("a", &cursor), Some(place));
        assert_eq!(parse("b", &cursor), None);
        for forged in [
            "",
            "AAAA",
            "not a cursor",
            &cursor[1..],
            &format!("{cursor}AA"),
            &cursor.replace('A', "B"),
        ] {
            assert_eq!(parse("a", forged), None, "{forged}");
        }
    }

    #[test]
    fn pages_are_bounded() {
        for (asked, size) in [
            (None, 20),
            (Some(0), 1),
            (Some(-1), 1),
            (Some(7), 7),
            (Some(1_000_000_000), 100),
        ] {
            assert_eq!(page_size(asked), size);
        }
    }
}
