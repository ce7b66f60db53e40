//! `edge`: the membership service in production, on a release that `build` has published.

use crate::cli::args::{EdgeArgs, SiteArgs};
use crate::cli::{COULD_NOT_RUN, print};
