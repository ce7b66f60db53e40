//! What the bytes of a file can be, as far as it matters for publishing.

use serde::{Deserialize, Serialize};

/// What a file holds, as far as it matters for publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Anything else.
    #[default]
    Plain,
    /// It begins with the head of a page.
    Head,
    /// It begins with the head of a page that says who may read it, or when.
    ClosedHead,
    /// It has no head, and a line that is a marker.
    Marked,
    /// A private key, alone or in a longer text.
    PrivateKey,
    /// A public key or a certificate.
    PublicKey,
    /// A table of members: addresses, and what is known of who they belong to.
    Members,
    /// A database.
    Database,
    /// The text or the archive of a dumped database.
    Dump,
    /// A zip archive, as Keynote writes its `.key`.
    Zip,
}
