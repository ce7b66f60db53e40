//! How large a drawing says it is: `width`, `height` and `viewBox` of its root element.
//!
//! Source: SVG 2, sections 8.2 and 8.12; lengths after CSS Values 3, section 6.2. Nothing behind the first tag is read.

use crate::site::source::picture::PictureSize;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// A `viewBox` less wide or high than this counts in another unit than pixels.
const LEAST_DRAWN: f64 = 8.0;

/// Pixels of each unit that is the same on every screen.
const UNITS: [(&str, f64); 7] = [
    ("px", 1.0),
    ("in", 96.0),
    ("cm", 96.0 / 2.54),
    ("mm", 96.0 / 25.4),
    ("q", 96.0 / 101.6),
    ("pt", 96.0 / 72.0),
    ("pc", 16.0),
];

/// What a drawing says of one of its sides.
#[derive(Clone, Copy)]
enum Side {
    /// So many pixels.
    Pixels(f64),
    /// Nothing, or a share of the room there is.
    Open,
}

/// The size of a drawing: of its two sides, of one and the proportions of its `viewBox`, or else of the `viewBox`
/// alone. `None` where a side hangs on the font or the window.
pub fn size(bytes: &[u8]) -> Option<PictureSize> {
    let root = root(bytes)?;
    let value = |name: &str| -> Option<String> {
        let attribute = root.try_get_attribute(name).ok()??;
        Some(attribute.unescape_value().ok()?.trim().to_owned())
    };
    let drawn = value("viewBox").and_then(|it| view_box(&it));
    let (width, height) = match (side(value("width"))?, side(value("height"))?) {
        (Side::Pixels(width), Side::Pixels(height)) => (width, height),
        (Side::Pixels(width), Side::Open) => drawn.map(|(x, y)| (width, width * y / x))?,
        (Side::Open, Side::Pixels(height)) => drawn.map(|(x, y)| (height * x / y, height))?,
        (Side::Open, Side::Open) => drawn.filter(|(x, y)| x.min(*y) >= LEAST_DRAWN)?,
    };
    PictureSize::of(width.round() as usize, height.round() as usize)
}

/// The first tag, where it is that of a drawing.
fn root(bytes: &[u8]) -> Option<BytesStart<'_>> {
    let mut reader = Reader::from_reader(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                return (tag.local_name().as_ref() == b"svg").then_some(tag);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// `None` for what cannot be told in pixels.
fn side(value: Option<String>) -> Option<Side> {
    let Some(value) = value.map(|it| it.to_ascii_lowercase()) else {
        return Some(Side::Open);
    };
    if value == "auto" || value.ends_with('%') {
        return Some(Side::Open);
    }
    let in_unit = |(unit, pixels): &(&str, f64)| Some((value.strip_suffix(unit)?, *pixels));
    let (text, pixels) = UNITS.iter().find_map(in_unit).unwrap_or((&value, 1.0));
    Some(Side::Pixels(number(text)? * pixels))
}

/// Width and height of a `viewBox`.
fn view_box(text: &str) -> Option<(f64, f64)> {
    let pieces = text.split(|c: char| c == ',' || c.is_ascii_whitespace());
    let pieces: Vec<&str> = pieces.filter(|it| !it.is_empty()).collect();
    let [_, _, width, height] = pieces[..] else {
        return None;
    };
    Some((number(width)?, number(height)?))
}

/// A number above 0.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && number > 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use crate::site::source::picture::size;

    fn check(svg: &str, expected: Option<(u32, u32)>) {
        let found = size("a.SVG", svg.as_bytes()).map(|it| (it.width, it.height));
        assert_eq!(found, expected, "{svg}");
    }

    #[test]
    fn a_drawing_is_as_large_as_its_root_says() {
        for (attributes, expected) in [
            ("width='40' height='30'", Some((40, 30))),
            (
                "width=' 40px ' height='30.4PX' viewBox='0 0 9 9'",
                Some((40, 30)),
            ),
            ("width='1in' height='25.4mm'", Some((96, 96))),
            ("width='72pt' height='6pc'", Some((96, 96))),
            ("width='1e2' height='101.6q'", Some((100, 96))),
            ("viewBox='0 0 300 200'", Some((300, 200))),
            ("viewBox='-8,-8 , 24.4\n16'", Some((24, 16))),
            (
                "width='100%' height='auto' viewBox='0 0 300 200'",
                Some((300, 200)),
            ),
            ("width='150' viewBox='0 0 300 200'", Some((150, 100))),
            (
                "height='100' width='100%' viewBox='0 0 3 2'",
                Some((150, 100)),
            ),
            ("viewBox='0 0 1 1'", None),
            ("viewBox='0 0 300 0'", None),
            ("viewBox='0 0 300'", None),
            ("viewBox='0 0 300 200 100'", None),
            ("viewBox='0 0 inf NaN'", None),
            ("width='40'", None),
            ("width='2em' height='1ex' viewBox='0 0 2000 1000'", None),
            ("width='50vw' height='30' viewBox='0 0 2000 1000'", None),
            ("width='-4' height='30' viewBox='0 0 20 10'", None),
            ("width='0.2' height='30'", None),
            ("width='1e300' height='30'", None),
            ("", None),
        ] {
            check(&format!("<svg {attributes}>"), expected);
        }
    }

    #[test]
    fn what_stands_before_the_root_is_passed_over() {
        let doctype = "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x.dtd\" [\n<!ENTITY n \"http://www.w3.org/2000/svg\">\n]>";
        for before in [
            "\u{feff}",
            "<?xml version='1.0'?>\n",
            "<!-- <svg width='1' height='1'> -->",
            doctype,
        ] {
            check(
                &format!("{before}<s:svg xmlns:s='&n;' width='4' height='3'/>"),
                Some((4, 3)),
            );
        }
        for svg in [
            "",
            "text",
            "<html><svg width='4' height='3'/></html>",
            "<svg",
            "<svg width='4' height='&x;'/>",
        ] {
            check(svg, None);
        }
    }
}
