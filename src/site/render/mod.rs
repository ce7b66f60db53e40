//! Outputs -> bytes: views, templates, feeds, sitemap.

pub mod view;
