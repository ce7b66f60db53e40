//! How large a picture is, as its own head says; its pixels are never read.
//!
//! Entry point: [`size`]. What the kinds of pictures say differs: most are left to a crate, [`exif`] looks whether a
//! photograph lies on its side, and [`svg`] reads what a drawing says of itself.

mod exif;
mod svg;

use imagesize::{Compression, ImageType};
use serde::{Deserialize, Serialize};
use std::io::Cursor;

/// Width and height as a browser lays a picture out, in CSS pixels; neither is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSize {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl PictureSize {
    fn of(width: usize, height: usize) -> Option<Self> {
        let side = |it: usize| u32::try_from(it).ok().filter(|it| *it > 0);
        Some(PictureSize {
            width: side(width)?,
            height: side(height)?,
        })
    }
}

/// The size of a picture of a kind that browsers show: PNG, JPEG, GIF, WebP, AVIF, and SVG, which is known by its name.
/// `None` for any other file, and where a picture does not tell.
pub fn size(name: &str, bytes: &[u8]) -> Option<PictureSize> {
    let extension = name.rsplit_once('.').map_or("", |(_, it)| it);
    if extension.eq_ignore_ascii_case("svg") {
        return svg::size(bytes);
    }
    let mut reader = Cursor::new(bytes);
    let kind = imagesize::reader_type(&mut reader).ok()?;
    let is_shown = match kind {
        ImageType::Heif(compression) => compression == Compression::Av1,
        _ => true,
    };
    let size = is_shown.then(|| kind.reader_size(&mut reader).ok())??;
    match kind == ImageType::Jpeg && exif::lies_on_its_side(bytes) {
        true => PictureSize::of(size.height, size.width),
        false => PictureSize::of(size.width, size.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], expected: Option<(u32, u32)>) {
        let found = size(name, bytes).map(|it| (it.width, it.height));
        assert_eq!(
            found,
            expected,
            "{name}: {:02x?}",
            &bytes[..bytes.len().min(40)]
        );
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &sides].concat()
    }

    #[test]
    fn the_kind_is_known_by_the_bytes() {
        check("a.png", &png(640, 480), Some((640, 480)));
        check("a.jpg", &png(3, 2), Some((3, 2)));
        check("a", &png(3, 2), Some((3, 2)));
        check("a.gif", b"GIF89a\x07\x00\x05\x00\x00\x00\x00", Some((7, 5)));
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x08\xc0\x01\0";
        check("a.webp", webp, Some((9, 8)));
    }

    #[test]
    fn what_tells_no_size_has_none() {
        check("a.png", b"", None);
        check("a.png", b"no picture at all, but text", None);
        check("a.png", &png(0, 480), None);
        check("a.png", &png(640, 480)[..20], None);
        check("a.svg", &png(640, 480), None);
        check("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\0", None);
        check(
            "a.bmp",
            b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0",
            None,
        );
    }
}
