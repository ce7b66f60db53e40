//! Records: a value as bytes, with its length and a checksum in front, so that a torn or damaged one is seen.

use rapidhash::v3::rapidhash_v3;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes in front of a value: its length, and the checksum of what follows.
const HEAD: usize = 16;

/// The checksum of some bytes. It finds damage; it is no defence against a forger, who could as well change the site.
pub fn checksum(bytes: &[u8]) -> u64 {
    rapidhash_v3(bytes)
}

/// A value as a record.
pub fn write(value: &impl Serialize) -> Option<Vec<u8>> {
    let mut record = postcard::to_extend(value, vec![0; HEAD]).ok()?;
    let (length, sum) = (record.len() - HEAD, checksum(&record[HEAD..]));
    record[..8].copy_from_slice(&(length as u64).to_le_bytes());
    record[8..HEAD].copy_from_slice(&sum.to_le_bytes());
    Some(record)
}

/// The bytes of the first record, and what follows it; `None` where there is no whole one.
pub fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let number = |at: usize| {
        let bytes: [u8; 8] = bytes.get(at..at + 8)?.try_into().ok()?;
        Some(u64::from_le_bytes(bytes))
    };
    let length = usize::try_from(number(0)?).ok()?;
    let end = HEAD.checked_add(length).filter(|it| *it <= bytes.len())?;
    let value = &bytes[HEAD..end];
    (checksum(value) == number(8)?).then_some((value, &bytes[end..]))
}

/// A value from the bytes of its record.
pub fn read<T: DeserializeOwned>(value: &[u8]) -> Option<T> {
    postcard::from_bytes(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_is_not_read() {
        let record = write(&("文", 7_u32)).unwrap();
        let (value, rest) = split(&record).unwrap();
        assert_eq!(read::<(String, u32)>(value), Some(("文".into(), 7)));
        assert!(rest.is_empty());
        for end in 0..record.len() {
            assert_eq!(split(&record[..end]), None, "{end}");
        }
        for at in 0..record.len() {
            let mut damaged = record.clone();
            damaged[at] ^= 1;
            assert_eq!(split(&damaged), None, "{at}");
        }
    }
}
