//! The site wing: content on disk in, a release on disk out.
