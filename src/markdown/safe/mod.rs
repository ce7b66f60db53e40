//! Texts of members and of the settings as HTML that is safe under any page.
//!
//! `comment` and `notice` are kinds of text: each has a [`Profile`] and a list of what the HTML may hold. Raw HTML is shown
//! as it was typed, so that nothing vanishes; the list is the last step, and would be enough for safety alone.

mod comment;
mod notice;

use crate::markdown::emphasis;
use crate::markdown::events;
use crate::markdown::profile::Profile;
use crate::markdown::write::{Host, Notes, Writer, Written};
pub use comment::comment;
pub use notice::notice;
use pulldown_cmark::Event;
use std::ops::Range;

/// Events of a text with the bytes that they were written as.
pub type Events<'a> = [(Event<'a>, Range<usize>)];

/// Parses a text, lets `rewrite` change its events, and writes it. `None` if the text has more events or is nested deeper
/// than the profile allows.
fn written(
    markdown: &str,
    profile: &Profile,
    host: impl Host,
    rewrite: impl FnOnce(&mut Events<'_>),
) -> Option<Written> {
    let prepared = emphasis::prepare(markdown, false);
    let mut body = events::parse(&prepared, 0, profile);
    if !body.is_complete {
        return None;
    }
    rewrite(&mut body.events);
    let mut notes = Notes::new(None);
    let mut writer = Writer::new(&body, profile, &mut notes, host);
    writer.events(0..body.events.len());
    Some(writer.out)
}
