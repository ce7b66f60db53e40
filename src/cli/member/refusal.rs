//! What an owner can do where a member verb was refused.

use crate::cli::print;
use crate::edge::accounts::service::admin::AdminError;

/// In one sentence; empty where the message says all.
pub fn help(error: &AdminError) -> String {
    match error {
        AdminError::Unknown(who) => match who.split('@').next() {
            Some(part) if !part.is_empty() => format!(
                "`lyceum member list --find {}` looks in handles, names and addresses",
                print::quoted(part)
            ),
            _ => "`lyceum member list` shows all members".into(),
        },
        AdminError::Several(..) => String::new(),
        AdminError::Confirmed(_) => "no letter is needed".into(),
        AdminError::NoAddress(handle) => {
            format!("give one with `lyceum member address {handle} EMAIL`")
        }
        AdminError::SameAddress(handle) => format!(
            "`lyceum member confirm {handle}` sends the letter that confirms it again; with --verified it counts at once"
        ),
        AdminError::Reason(_) => "shorten it; the member reads it at the next sign-in".into(),
        AdminError::HandleTaken(handle) => {
            format!("choose another handle; `lyceum member show {handle}` tells who has it")
        }
        AdminError::EmailTaken(email) => {
            format!("`lyceum member show {email}` tells who has it")
        }
        AdminError::Handle(_) => String::new(),
        AdminError::Email(_) => "give one such as mei@example.org".into(),
        AdminError::PasswordShort(_) | AdminError::PasswordLong | AdminError::PasswordCommon => {
            "the password is the first line of standard input; a sentence of some words is a good one".into()
        }
        AdminError::LastOwner(_) => {
            "`lyceum member role HANDLE owner` makes another member an owner".into()
        }
        AdminError::NotGranted(handle, _) | AdminError::NotAuthor(handle, _) => {
            format!("`lyceum member show {handle}` lists the tiers and authors of the member")
        }
        AdminError::NotSuspended(_) => "nothing was changed".into(),
        AdminError::Store(_) => String::new(),
    }
}
