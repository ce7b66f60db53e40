//! Whether a photograph lies on its side: cameras write down how they were held, and browsers turn the picture.

use exif::{In, Reader, Tag};
use std::io::Cursor;

/// Whether a browser shows a JPEG file turned by a quarter, so that its width is its height: values 5 to 8 of Exif 2.32,
/// section 4.6.4, tag 0x0112.
pub fn lies_on_its_side(jpeg: &[u8]) -> bool {
    let mut reader = Reader::new();
    // Browsers too take what can be read of a note with a fault in it.
    reader.continue_on_error(true);
    let note = reader.read_from_container(&mut Cursor::new(jpeg));
    let Ok(note) = note.or_else(|it| it.distill_partial_result(|_| {})) else {
        return false;
    };
    let orientation = note.get_field(Tag::Orientation, In::PRIMARY);
    let orientation = orientation.and_then(|it| it.value.get_uint(0));
    orientation.is_some_and(|it| (5..=8).contains(&it))
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
