//! The refusals of accounts: a problem of each field, and of what an account may not do.

use crate::edge::accounts::hashing::Busy;
use crate::edge::accounts::names::mixes_scripts;
use crate::edge::accounts::{PasswordFault, clean_name};
use crate::edge::error::{ApiError, FieldError};

impl From<Busy> for ApiError {
    fn from(_: Busy) -> Self {
        ApiError::busy()
    }
}

/// The refusal of a join where the site takes no new members.
pub fn sign_up_closed() -> ApiError {
    ApiError::Refused {
        code: "sign_up_closed",
        detail: "this site does not take new members by itself",
    }
}

/// What was read, or nothing and its faults added to the others.
pub fn note<T>(faults: &mut Vec<FieldError>, read: Result<T, ApiError>) -> Option<T> {
    read.map_err(|error| faults.extend(fields(error))).ok()
}

fn fields(error: ApiError) -> Vec<FieldError> {
    match error {
        ApiError::Invalid(errors) => errors,
        _ => Vec::new(),
    }
}

/// The account is there, but its sign-in is too old for what is asked.
pub fn sign_in_again() -> ApiError {
    ApiError::Refused {
        code: "sign_in_again",
        detail: "sign in again to do this",
    }
}

/// The refusal of a text that is no address.
pub fn email_invalid() -> ApiError {
    ApiError::field("email", "email_invalid", "this is no e-mail address")
}

/// The refusal of a handle that is not free.
pub fn handle_taken() -> ApiError {
    ApiError::field("handle", "handle_taken", "this handle is taken")
}

/// Reads a shown name.
pub fn shown_name(text: &str) -> Result<String, ApiError> {
    let name = clean_name(text).ok_or_else(|| {
        ApiError::field("name", "name_invalid", "a name has at most 60 characters")
    })?;
    if mixes_scripts(&name) {
        let message = "a word of this name mixes letters of different alphabets";
        return Err(ApiError::field("name", "name_mixed", message));
    }
    Ok(name)
}

/// The refusal of a text that is no handle.
pub fn handle_invalid() -> ApiError {
    let message =
        "a handle has 3 to 30 ASCII letters, digits, `-` and `_`, and begins with a letter";
    ApiError::field("handle", "handle_invalid", message)
}

/// The refusal of a password.
pub fn password_fault(fault: PasswordFault) -> ApiError {
    match fault {
        PasswordFault::Short(least) => ApiError::field(
            "password",
            "password_short",
            format!("a password has at least {least} characters"),
        ),
        PasswordFault::Long => ApiError::field(
            "password",
            "password_long",
            "a password has at most 128 characters",
        ),
        PasswordFault::Common => ApiError::field(
            "password",
            "password_common",
            "this password would be among the first to be guessed",
        ),
    }
}
