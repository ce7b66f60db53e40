//! Managing members from the command line: adding, listing, granting, suspending, erasing.
//!
//! Entry point: [`MemberAdmin`]. It works beside a running edge. Each change is one transaction with its row in the
//! audit log. `find.rs` looks up members, `letters.rs` queues letters. All functions block; the command line prints.

mod find;
mod letters;

pub use find::{Everything, Filter, Known, State};

use crate::clock::{Clock, Timestamp};
use crate::edge::accounts::actions;
use crate::edge::accounts::service::{authors, claims, leave, session};
use crate::edge::accounts::{
    Email, Entitlement, Handle, Holder, Member, MemberId, NewMember, Password, PasswordFault,
    Purpose, Role, Source, TokenHash, hashing, sql,
};
use crate::edge::audit::{self, Action};
use crate::edge::entropy::Entropy;
use crate::edge::mail::{self, EmailKind, Given};
use crate::edge::store::{Store, StoreError, Tx};
use crate::edge::tables::Tables;
use crate::ids::TierId;
use serde_json::json;

/// Longest reason of a suspension, in characters.
const REASON_CHARS: usize = 200;

/// The store and what writing to it needs.
#[derive(Clone)]
pub struct MemberAdmin {
    /// Where members are kept.
    pub store: Store,
    /// The present moment.
    pub clock: Clock,
    /// Tokens, salts and ids.
    pub entropy: Entropy,
}

/// A member to be added.
#[derive(Clone, Debug)]
pub struct Added {
    /// Public name; may be a reserved one.
    pub handle: String,
    /// Where mail goes.
    pub email: String,
    /// What the member may do.
    pub role: Role,
    /// `None` for sign-in by link alone.
    pub password: Option<String>,
    /// Whether the owner vouches for the address.
    pub is_verified: bool,
    /// The site's title, which no password may be made of.
    pub site_title: String,
}

/// Why a change was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No member has this handle or address.
    #[error("no member is called `{0}`")]
    Unknown(String),
    /// More than one member has this address, which nobody proved.
    #[error("several members have the address `{0}`: name one by the handle ({1})")]
    Several(String, String),
    /// There is nothing to confirm.
    #[error("the address of `{0}` is confirmed already")]
    Confirmed(String),
    /// There is nowhere to write to.
    #[error("`{0}` has no address")]
    NoAddress(String),
    /// Nothing would change.
    #[error("`{0}` has this address already")]
    SameAddress(String),
    /// Too long, or more than one line.
    #[error("a reason is one line of at most {0} characters")]
    Reason(usize),
    /// Somebody has it.
    #[error("the handle `{0}` is taken")]
    HandleTaken(String),
    /// Somebody has it.
    #[error("another member has the address `{0}`")]
    EmailTaken(String),
    /// Not of the form.
    #[error(
        "`{0}` is no handle: use 3 to 30 ASCII letters, digits, `-` and `_`, and begin with a letter"
    )]
    Handle(String),
    /// Not of the form.
    #[error("`{0}` is no e-mail address")]
    Email(String),
    /// Too short.
    #[error("the password is too short: at least {0} characters are needed")]
    PasswordShort(usize),
    /// Too long.
    #[error("the password is too long: at most 128 characters are taken")]
    PasswordLong,
    /// Too easy.
    #[error("the password would be among the first to be guessed")]
    PasswordCommon,
    /// Somebody must be able to do everything.
    #[error("`{0}` is the last owner, and a site needs one")]
    LastOwner(String),
    /// There was nothing to take back.
    #[error("`{0}` was not granted `{1}`")]
    NotGranted(String, TierId),
    /// There was nothing to take back.
    #[error("`{0}` is not the author `{1}`")]
    NotAuthor(String, String),
    /// There was nothing to lift.
    #[error("`{0}` is not suspended")]
    NotSuspended(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MemberAdmin {
    /// Adds a member. An owner also gets the token of a link that signs in once, within the hour, since
    /// without one there may be no mail yet (AUTHN-22).
    pub fn add(&self, added: Added) -> Result<(MemberId, Option<String>), AdminError> {
        let handle =
            Handle::parse(&added.handle).ok_or_else(|| AdminError::Handle(added.handle.clone()))?;
        let email =
            Email::parse(&added.email).ok_or_else(|| AdminError::Email(added.email.clone()))?;
        let context = [handle.as_str(), email.as_str(), added.site_title.as_str()];
        let password = added
            .password
            .as_deref()
            .map(|it| Password::parse(it, added.role.is_staff(), &context));
        let password = password.transpose().map_err(|fault| match fault {
            PasswordFault::Short(least) => AdminError::PasswordShort(least),
            PasswordFault::Long => AdminError::PasswordLong,
            PasswordFault::Common => AdminError::PasswordCommon,
        })?;
        let now = self.clock.now();
        let token = (added.role == Role::Owner).then(|| self.entropy.token());
        let setup = token.as_deref().map(TokenHash::of);
        let new = NewMember {
            id: MemberId(self.entropy.uuid_v7(now)),
            handle,
            email,
            name: String::new(),
            password_hash: password.map(|it| hashing::hash(&it, self.entropy.bytes())),
            role: added.role,
            newsletter: false,
            language: None,
            is_verified: added.is_verified,
            is_added: true,
        };
        let (id, entropy) = (new.id, self.entropy.clone());
        let keep = move |tx: &mut Tx| -> Result<(), AdminError> {
            // The owner may assign a handle that is held back after an erasure.
            if sql::handle::holder_of_key(tx, &new.handle.key())?.is_some()
                || sql::handle::holder_of_skeleton(tx, &new.handle.skeleton())?.is_some()
            {
                return Err(AdminError::HandleTaken(new.handle.as_str().into()));
            }
            let is_taken = sql::member::with_proven(tx, &new.email)?.is_some()
                || sql::member::with_unproven(tx, &new.email)?.is_some_and(|it| it.is_added);
            if is_taken || !sql::member::insert(tx, &new, now)? {
                return Err(AdminError::EmailTaken(new.email.as_str().into()));
            }
            if new.is_verified {
                claims::rivals_end(tx, &new.email, id, now)?;
            }
            if let Some(setup) = setup {
                let purpose = (Purpose::Setup, Holder::Member(id));
                sql::token::issue(tx, setup, purpose, &new.email, now)?;
            }
            let detail = json!({"role": new.role.as_str()});
            Ok(audit::note(
                tx,
                (entropy.uuid_v7(now), now),
                None,
                actions::JOIN,
                (&id.to_string(), detail),
            )?)
        };
        self.store.write_blocking(keep)?;
        Ok((id, token))
    }

    /// Grants a tier from now on; `None` is for ever. What was granted before stays. With `tells` a letter goes to the
    /// member now, and another one when the time is over.
    pub fn grant(
        &self,
        handle: &str,
        tier: &TierId,
        until: Option<Timestamp>,
        tells: bool,
    ) -> Result<(), AdminError> {
        let given = Entitlement {
            tier: tier.clone(),
            until,
            source: Source::Grant,
        };
        let entropy = self.entropy.clone();
        let detail = json!({"tier": tier, "until": until});
        self.act(handle, actions::GRANT, detail, move |tx, member, now| {
            let row = (entropy.uuid_v7(now), now);
            sql::entitlement::grant(tx, row, member.id, &given, (None, tells))?;
            if tells {
                let given = Given {
                    tier: given.tier.clone(),
                    until: given.until,
                };
                mail::tell_of_tier(tx, member, (EmailKind::Granted, &given), (&entropy, now))?;
            }
            Ok(())
        })
    }

    /// Revokes the grants of a tier. What was paid for stays. With `tells` the member gets a letter.
    pub fn revoke(&self, handle: &str, tier: &TierId, tells: bool) -> Result<(), AdminError> {
        let (taken, entropy) = (tier.clone(), self.entropy.clone());
        self.act(
            handle,
            actions::REVOKE,
            json!({"tier": tier}),
            move |tx, member, now| match sql::entitlement::revoke(tx, member.id, &taken, now)? {
                0 => Err(AdminError::NotGranted(member.handle.clone(), taken.clone())),
                _ => {
                    let given = Given {
                        tier: taken.clone(),
                        until: Some(now),
                    };
                    let ended = (EmailKind::Ended, &given);
                    if tells {
                        mail::tell_of_tier(tx, member, ended, (&entropy, now))?;
                    }
                    Ok(())
                }
            },
        )
    }

    /// Sets the role. A session that lasts too long for the new role ends by itself.
    pub fn set_role(&self, handle: &str, role: Role) -> Result<(), AdminError> {
        self.act(
            handle,
            actions::ROLE,
            json!({"role": role}),
            move |tx, member, now| {
                if role != Role::Owner {
                    keep_an_owner(tx, member)?;
                }
                Ok(sql::member::set_role(tx, member.id, role, now)?)
            },
        )
    }

    /// Says that a member is an author of pages, by the name in their front matter: may be called so, and has no
    /// part in the scores of these pages.
    pub fn link_author(&self, handle: &str, author: &str) -> Result<(), AdminError> {
        let author = author.to_owned();
        let act = (actions::AUTHOR, json!({"linked": true}));
        self.act(handle, act.0, act.1, move |tx, member, now| {
            Ok(authors::link(tx, member.id, &author, now)?)
        })
    }

    /// Says that a member is not this author.
    pub fn unlink_author(&self, handle: &str, author: &str) -> Result<(), AdminError> {
        let author = author.to_owned();
        let act = (actions::AUTHOR, json!({"linked": false}));
        self.act(
            handle,
            act.0,
            act.1,
            move |tx, member, _| match authors::unlink(tx, member.id, &author)? {
                true => Ok(()),
                false => Err(AdminError::NotAuthor(member.handle.clone(), author.clone())),
            },
        )
    }

    /// The authors that a member is.
    pub fn authors(&self, handle: &str) -> Result<Vec<String>, AdminError> {
        let handle = handle.to_owned();
        self.store.read_blocking(move |tx: &mut Tx| {
            let member = find::member(tx, &handle)?;
            Ok(sql::author::authors_of(tx, member.id)?)
        })
    }

    /// Suspends a member: sessions and links end at once. A sign-in with the right password or link shows the reason.
    /// For a member who is suspended already, a new reason replaces the old one.
    pub fn suspend(&self, handle: &str, reason: Option<&str>) -> Result<(), AdminError> {
        let reason = reason.map(str::trim).filter(|it| !it.is_empty());
        let is_odd = |it: &str| it.chars().count() > REASON_CHARS || it.contains(char::is_control);
        if reason.is_some_and(is_odd) {
            return Err(AdminError::Reason(REASON_CHARS));
        }
        let reason = reason.map(String::from);
        self.act(
            handle,
            actions::SUSPEND,
            json!({}),
            move |tx, member, now| {
                keep_an_owner(tx, member)?;
                // Once more without a reason is no word that the first one was wrong.
                let since = member.suspended_at.unwrap_or(now);
                let kept = sql::member::suspended_for(tx, member.id)?;
                let reason = reason.as_deref().or(kept.as_deref());
                sql::member::set_suspended(tx, member.id, Some((since, reason)), now)?;
                session::close_all(tx, member.id, None)?;
                Ok(sql::token::end_all_tokens(tx, member.id)?)
            },
        )
    }

    /// Lifts a suspension. Fails if the member is not suspended.
    pub fn lift(&self, handle: &str) -> Result<(), AdminError> {
        self.act(handle, actions::LIFT, json!({}), |tx, member, now| {
            if member.suspended_at.is_none() {
                return Err(AdminError::NotSuspended(member.handle.clone()));
            }
            Ok(sql::member::set_suspended(tx, member.id, None, now)?)
        })
    }

    /// Erases a member for good. Their comments stay, without a name.
    pub fn erase(&self, handle: &str, tables: &'static Tables) -> Result<(), AdminError> {
        let entropy = self.entropy.clone();
        let begin = move |tx: &mut Tx, member: &Member, now: Timestamp| {
            keep_an_owner(tx, member)?;
            leave::begin(tx, tables, member.id, (entropy.uuid_v7(now), now))?;
            Ok(member.id)
        };
        let id = self.act(handle, actions::ERASE, json!({}), begin)?;
        Ok(leave::finish(&self.store, tables, id)?)
    }

    /// Id and address of a member.
    pub fn whose(&self, handle: &str) -> Result<(MemberId, Option<Email>), AdminError> {
        let handle = handle.to_owned();
        let look = move |tx: &mut Tx| -> Result<_, AdminError> {
            let member = find::member(tx, &handle)?;
            Ok((member.id, member.email))
        };
        self.store.read_blocking(look)
    }

    /// All data about a member, as one JSON document.
    pub fn export(
        &self,
        handle: &str,
        tables: &'static Tables,
    ) -> Result<serde_json::Value, AdminError> {
        let whose = handle.to_owned();
        let read = move |tx: &mut Tx| -> Result<serde_json::Value, AdminError> {
            let unknown = || AdminError::Unknown(whose.clone());
            let member = find::member(tx, &whose)?;
            leave::export(tx, tables, member.id)?.ok_or_else(unknown)
        };
        let everything = self.store.read_blocking(read)?;
        self.act(handle, actions::EXPORT, json!({}), |_, _, _| Ok(()))?;
        Ok(everything)
    }

    fn act<T: Send + 'static>(
        &self,
        handle: &str,
        action: Action,
        detail: serde_json::Value,
        mut work: impl FnMut(&mut Tx, &Member, Timestamp) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let (handle, entropy, now) = (handle.to_owned(), self.entropy.clone(), self.clock.now());
        self.store
            .write_blocking(move |tx: &mut Tx| -> Result<T, AdminError> {
                let member = find::member(tx, &handle)?;
                let given = work(tx, &member, now)?;
                let subject = member.id.to_string();
                audit::note(
                    tx,
                    (entropy.uuid_v7(now), now),
                    None,
                    action,
                    (&subject, detail.clone()),
                )?;
                Ok(given)
            })
    }
}

/// Fails if the site would have no owner left.
fn keep_an_owner(tx: &mut Tx, member: &Member) -> Result<(), AdminError> {
    if member.role == Role::Owner && member.suspended_at.is_none() && sql::member::n_owners(tx)? < 2
    {
        return Err(AdminError::LastOwner(member.handle.clone()));
    }
    Ok(())
}
