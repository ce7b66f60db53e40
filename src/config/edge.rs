//! The settings that the edge reads: groups of `site.toml` that travel in the manifest.
//!
//! A manifest of an earlier build may lack a setting that is newer, and one of a later build may have more. So each
//! group has the defaults of `site.toml` for what is missing, and ignores what it does not know.

use crate::config::ConversationAccess;
use crate::config::value::{flag, number, text};
use serde::{Deserialize, Serialize};
use toml::de::DeTable;

/// What the edge must know of `site.toml`; it travels in the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EdgeSettings {
    /// Who may join.
    pub members: MembersSettings,
    /// What may be said.
    pub comments: CommentsSettings,
    /// Constants of the scores.
    pub scores: ScoreSettings,
    /// How mail goes out; `None` means files in the outbox.
    pub mail: Option<MailSettings>,
}

/// Who may join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MembersSettings {
    /// Open to all, by invitation, or closed.
    pub sign_up: SignUp,
    /// An address must be verified before its member counts as one.
    pub verify_email: bool,
}

/// How one becomes a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Anyone may.
    Open,
    /// Whoever was invited.
    Invite,
    /// Nobody; the owner adds members.
    Closed,
}

/// What may be said under pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommentsSettings {
    /// Pages have comments unless their front matter says otherwise.
    pub enabled: bool,
    /// Who takes part in the conversation of a page.
    pub access: ConversationAccess,
    /// Minutes in which an author may still edit a comment.
    pub edit_minutes: u32,
    /// Comments a member may post in an hour.
    pub per_hour: u32,
    /// Shown levels of a thread; deeper replies are shown at the deepest.
    pub depth: u32,
}

/// Constants of the scores; DESIGN's section 7 gives each its meaning and default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScoreSettings {
    /// Scores are shown on pages.
    pub shown: bool,
    /// Days in which participation is counted.
    pub window_days: u32,
    /// Hours in which hotness halves, for pages.
    pub hot_hours: u32,
}

/// An SMTP relay. The password comes from `LYCEUM_SMTP_PASSWORD` or a file in `.lyceum/`. Without a sender or a host there
/// is none, so that these have no default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSettings {
    /// Sender, such as `Lyceum <post@example.org>`.
    pub from: String,
    /// Host name of the relay.
    pub smtp_host: String,
    /// 465 (TLS) or 587 (STARTTLS).
    #[serde(default = "default_port")]
    pub smtp_port: u16,
    /// User name at the relay.
    #[serde(default)]
    pub smtp_user: String,
}

fn default_port() -> u16 {
    number(None, "mail.smtp_port")
}

impl MembersSettings {
    /// The settings of a table, with defaults for what it does not have.
    pub fn of(group: Option<&DeTable>) -> Self {
        MembersSettings {
            sign_up: match text(group, "members.sign_up").as_str() {
                "invite" => SignUp::Invite,
                "closed" => SignUp::Closed,
                _ => SignUp::Open,
            },
            verify_email: flag(group, "members.verify_email"),
        }
    }
}

impl CommentsSettings {
    /// The settings of a table, with defaults for what it does not have. `access` is read elsewhere: it may name a tier.
    pub fn of(group: Option<&DeTable>, access: ConversationAccess) -> Self {
        CommentsSettings {
            enabled: flag(group, "comments.enabled"),
            access,
            edit_minutes: number(group, "comments.edit_minutes"),
            per_hour: number(group, "comments.per_hour"),
            depth: number(group, "comments.depth"),
        }
    }
}

impl ScoreSettings {
    /// The settings of a table, with defaults for what it does not have.
    pub fn of(group: Option<&DeTable>) -> Self {
        ScoreSettings {
            shown: flag(group, "scores.shown"),
            window_days: number(group, "scores.window_days"),
            hot_hours: number(group, "scores.hot_hours"),
        }
    }
}

impl Default for MembersSettings {
    fn default() -> Self {
        MembersSettings::of(None)
    }
}

impl Default for CommentsSettings {
    fn default() -> Self {
        CommentsSettings::of(None, ConversationAccess::Page)
    }
}

impl Default for ScoreSettings {
    fn default() -> Self {
        ScoreSettings::of(None)
    }
}
