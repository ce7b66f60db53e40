//! Lyceum: a static-site generator with a membership edge.
//!
//! Two wings that meet in one file. Reading order: this page, [`ids`], [`manifest`], then
//! `site/mod.rs` (a build is one straight line) or `edge/mod.rs` (a request is one straight line).
//!
//! | module | what it is |
//! |---|---|
//! | [`chunked_map`] | a sorted map that shares unchanged chunks with its later versions |
//! | [`collation`] | the order of titles in a language |
//! | [`config`] | `site.toml` as the program uses it |
//! | [`diag`] | what an author should know, with file, line and column |
//! | [`clock`] | `Timestamp`, and the `Clock` it comes from |
//! | [`ids`] | the names both wings share |
//! | [`plural`] | texts with a number, in the form of a language |
//! | [`routes`] | addresses that the edge serves, and those that it answers itself |
//! | [`manifest`] | the seam: what a build tells the edge |
//! | [`escape`] | text as HTML text, attribute values and addresses |
//! | [`markdown`] | Markdown for both wings: parse, rewrite, write |
//! | [`segments`] | segments of addresses that every host takes |
//! | [`spelling`] | words that only look right |
//! | [`stamp`] | what the system says of a file without reading it |
//! | [`steps`] | work of the passes over a text, counted in tests |
//! | [`gzip`] | gzip, for files of a release and for answers |
//! | [`site`] | Markdown -> release: source, parse, model, plan, render, publish |
//! | [`edge`] | release + store -> answers: members, sessions, comments, scores |
//! | [`cli`] | arguments in, findings and one result line out |

// A test that meets an impossible value should end there, with the line.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod chunked_map;
pub mod cli;
pub mod clock;
pub mod collation;
pub mod config;
pub mod diag;
pub mod edge;
pub mod escape;
pub mod gzip;
pub mod ids;
pub mod manifest;
pub mod markdown;
pub mod plural;
pub mod routes;
pub mod segments;
pub mod site;
pub mod spelling;
pub mod stamp;
pub mod steps;
