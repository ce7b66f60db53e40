//! What an owner can do where a member verb was refused.

use crate::cli::print;
use crate::edge::accounts::service::admin::DeskError;

/// In one sentence; empty where the message says all.
pub fn help(error: &DeskError) -> String {
    match error {
        DeskError::Unknown(who) => match who.split('@').next() {
            Some(part) if !part.is_empty() => format!(
                "`lyceum member list --find {}` looks in handles, names and addresses",
                print::quoted(part)
            ),
            _ => "`lyceum member list` shows all members".into(),
        },
        DeskError::Several(..) => String::new(),
        DeskError::Confirmed(_) => "no letter is needed".into(),
        DeskError::NoAddress(handle) => {
            format!("give one with `lyceum member address {handle} EMAIL`")
        }
        DeskError::SameAddress(handle) => format!(
            "`lyceum member confirm {handle}` sends the letter that confirms it again; with --verified it counts at once"
        ),
        DeskError::Reason(_) => "shorten it; the member reads it at the next sign-in".into(),
        DeskError::HandleTaken(handle) => {
            format!("choose another handle; `lyceum member show {handle}` tells who has it")
        }
        DeskError::EmailTaken(email) => {
            format!("`lyceum member show {email}` tells who has it")
        }
        DeskError::Handle(_) => String::new(),
        DeskError::Email(_) => "give one such as mei@example.org".into(),
        DeskError::PasswordShort(_) | DeskError::PasswordLong | DeskError::PasswordCommon => {
            "the password is the first line of standard input; a sentence of some words is a good one".into()
        }
        DeskError::LastOwner(_) => {
            "`lyceum member role HANDLE owner` makes another member an owner".into()
        }
        DeskError::NotGranted(handle, _) | DeskError::NotAuthor(handle, _) => {
            format!("`lyceum member show {handle}` lists the tiers and authors of the member")
        }
        DeskError::NotSuspended(_) => "nothing was changed".into(),
        DeskError::Store(_) => String::new(),
    }
}
