//! Whether a photograph lies on its side: cameras write down how they were held, and browsers turn the picture.
//!
//! The note stands in a segment of the JPEG file as a small TIFF file; of that one number is read. Source: Exif 2.32,
//! section 4.6.4, tag 0x0112.

/// Tag of the orientation.
const ORIENTATION: u16 = 0x0112;
/// Bytes of an entry: tag, type, count, value.
const ENTRY: usize = 12;

/// Whether a browser shows a JPEG file turned by a quarter, so that its width is its height.
pub fn lies_on_its_side(jpeg: &[u8]) -> bool {
    note(jpeg)
        .and_then(orientation)
        .is_some_and(|it| (5..=8).contains(&it))
}

/// The TIFF file in a JPEG file; it stands before the picture.
fn note(jpeg: &[u8]) -> Option<&[u8]> {
    let mut rest = jpeg.get(2..)?;
    while let [0xFF, kind, high, low, ..] = *rest {
        if matches!(kind, 0xC0..=0xC3 | 0xDA) {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let content = rest.get(4..2 + length)?;
        if let (0xE1, Some(note)) = (kind, content.strip_prefix(b"Exif\0\0")) {
            return Some(note);
        }
        rest = &rest[2 + length..];
    }
    None
}

/// From 1, upright, to 8.
fn orientation(tiff: &[u8]) -> Option<u16> {
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let two = |at: usize| -> Option<u16> {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match is_little {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        })
    };
    let four: [u8; 4] = tiff.get(4..8)?.try_into().ok()?;
    let first = match is_little {
        true => u32::from_le_bytes(four),
        false => u32::from_be_bytes(four),
    };
    let first = usize::try_from(first).ok()?;
    let n_entries = usize::from(two(first)?);
    let mut entries = (0..n_entries).map(|n| first + 2 + n * ENTRY);
    let entry = entries.find(|at| two(*at) == Some(ORIENTATION))?;
    two(entry + 8)
}

#[cfg(test)]
mod tests {
    use crate::site::source::picture::size;

    /// A JPEG file of 40 by 30 with a note in front of its size.
    fn jpeg(note: &[u8]) -> Vec<u8> {
        let length = (note.len() as u16 + 2).to_be_bytes();
        let frame = b"\xFF\xC0\x00\x0B\x08\x00\x1E\x00\x28\x01\x01\x11\x00\xFF\xD9";
        [b"\xFF\xD8\xFF\xE1".as_slice(), &length, note, frame].concat()
    }

    #[test]
    fn a_photograph_is_as_wide_as_it_is_shown() {
        let little = |n: u8| {
            [b"Exif\0\0II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\0\0\0\0\0\0\0\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[n, 0, 0, 0]].concat()
        };
        let big = |n: u8| {
            [
                b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
                &[n, 0, 0],
            ]
            .concat()
        };
        for (note, expected) in [
            (little(1), (40, 30)),
            (little(4), (40, 30)),
            (little(5), (30, 40)),
            (little(6), (30, 40)),
            (little(8), (30, 40)),
            (little(9), (40, 30)),
            (big(3), (40, 30)),
            (big(6), (30, 40)),
            (big(6)[..20].to_vec(), (40, 30)),
            (b"Exif\0\0II*\0\xff\xff\xff\xff".to_vec(), (40, 30)),
            (b"http://ns.adobe.com/xap/1.0/\0".to_vec(), (40, 30)),
            (Vec::new(), (40, 30)),
        ] {
            let found = size("a.jpg", &jpeg(&note)).unwrap();
            assert_eq!((found.width, found.height), expected, "{note:02x?}");
        }
    }
}
