//! Reactions: likes of pages and comments, saved pages, and "this solved it".
//!
//! Values, no I/O. Each is one per member and says how things shall be, so a repetition changes nothing.

pub mod http;
pub mod service;
pub mod slice;
mod sql;

use crate::clock::Timestamp;
use crate::ids::PageId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether a member likes a page or a comment: exactly one of the two is named.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct LikeWish {
    /// The page.
    #[schema(value_type = Option<String>)]
    pub page: Option<PageId>,
    /// The comment.
    pub comment: Option<Uuid>,
    /// `false` takes it back.
    pub liked: bool,
}

/// What a [`LikeWish`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Liked {
    /// A page.
    Page(PageId),
    /// A comment.
    Comment(Uuid),
}

impl LikeWish {
    /// `None` unless exactly one thing is named.
    pub fn about(&self) -> Option<Liked> {
        match (&self.page, self.comment) {
            (Some(page), None) => Some(Liked::Page(page.clone())),
            (None, Some(comment)) => Some(Liked::Comment(comment)),
            _ => None,
        }
    }
}

/// How often something is liked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Likes {
    /// Members who like it.
    pub likes: u32,
    /// Whether the member does.
    pub liked: bool,
}

/// Whether a member saves a page.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct SaveWish {
    /// The page.
    #[schema(value_type = String)]
    pub page: PageId,
    /// `false` takes it back.
    pub saved: bool,
}

/// How often a page is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Saves {
    /// Members who saved it.
    pub saves: u32,
    /// Whether the member did.
    pub saved: bool,
}

/// A page that the member saved.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SavedPage {
    /// Its name.
    #[schema(value_type = String)]
    pub page: PageId,
    /// Its title; its name where it is no longer published.
    pub title: String,
    /// Its address below the site's; `null` where it is no longer published.
    pub path: Option<String>,
    /// When it was saved.
    #[schema(value_type = String, format = DateTime)]
    pub saved_at: Timestamp,
}

/// One page of saved pages, the latest first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SavedList {
    /// The pages.
    pub items: Vec<SavedPage>,
    /// Where the list goes on; `null` at its end.
    pub next_cursor: Option<String>,
}

/// Whether a page solved the member's problem.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct RatingWish {
    /// The page.
    #[schema(value_type = String)]
    pub page: PageId,
    /// `null` takes it back.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    pub helpful: Option<bool>,
}

/// What members say of a page's help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Helpful {
    /// Members whose problem it solved.
    pub yes: u32,
    /// Members who said yes or no.
    pub total: u32,
}

/// What members say of a page's help, and what the member says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rating {
    /// Of all members.
    pub helpful: Helpful,
    /// The member's own word; `null` for none.
    pub mine: Option<bool>,
}

/// How often a page is liked, saved and rated, as rows of the three are added and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Members who like it.
    pub n_likes: u32,
    /// Members who saved it.
    pub n_saves: u32,
    /// Members whose problem it solved, and those who said so or not.
    pub helpful: Helpful,
}

/// What one change adds to the [`Counts`] of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Likes.
    pub likes: i64,
    /// Saves.
    pub saves: i64,
    /// Ratings that say yes.
    pub helpful: i64,
    /// Ratings.
    pub rated: i64,
}

impl Change {
    /// The opposite.
    pub fn taken_back(self) -> Self {
        Change {
            likes: -self.likes,
            saves: -self.saves,
            helpful: -self.helpful,
            rated: -self.rated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_like_is_about_one_thing() {
        let (page, comment) = (Some(PageId::new("a")), Some(Uuid::nil()));
        for (page, comment, is_one) in [
            (page.clone(), None, true),
            (None, comment, true),
            (page, comment, false),
            (None, None, false),
        ] {
            let wish = LikeWish {
                page,
                comment,
                liked: true,
            };
            assert_eq!(wish.about().is_some(), is_one);
        }
    }
}
