//! gzip, for files of a release and for answers of the edge.

use flate2::write::GzEncoder;
use std::io::{self, Write};

/// The same bytes in give the same bytes out: the header of `GzEncoder` has no time and no name.
pub fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let room = Vec::with_capacity(bytes.len() / 3);
    let mut encoder = GzEncoder::new(room, flate2::Compression::new(6));
    encoder.write_all(bytes)?;
    encoder.finish()
}
