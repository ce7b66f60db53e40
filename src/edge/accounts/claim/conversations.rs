//! Every order in which an owner and an attacker join, ask for letters and open them, as random walks over the rules,
//! on both engines. The way through the router is in `accounts/conversations/claims.rs`.
//!
//! The invariant: only who opened a letter that was sent to the address can sign in afterwards, and a password counts only
//! if the browser that opened the letter chose it.

use crate::clock::Timestamp;
use crate::config::SignUp;
use crate::edge::accounts::claim::{Claim, ClaimId, KEPT_SECS, Proved};
use crate::edge::accounts::service::claims::{OpenedEmail, Proof, of_address, prove};
use crate::edge::accounts::sql::claim::{forget, insert};
use crate::edge::accounts::{
    Email, Handle, Holder, MemberId, NewMember, Purpose, Role, TokenHash, sql,
};
use crate::edge::entropy::Entropy;
use crate::edge::error::ApiError;
use crate::edge::fixture::NOW;
use crate::edge::store::tests::on_each_engine;
use crate::edge::store::{StoreError, Tx};
use uuid::Uuid;

const ADDRESS: &str = "violet@example.org";

/// Who sits at which browser. A letter is only ever opened by the owner of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Browser {
    Owner,
    OwnersOther,
    Attacker,
}

impl Browser {
    fn hash(self, join: u8) -> TokenHash {
        TokenHash::of(&format!("{self:?} {join}"))
    }
}

/// One step of a walk.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A join on a site that asks for proof.
    Joins(Browser, &'static str),
    /// A join on a site that asks for none, and its session.
    IsLetIn(Browser, &'static str),
    /// `lyceum member add` without `--verified`, with a password.
    IsAdded(Role),
    /// A join under the program of before, which made an account with a password, a session and a letter.
    WasJoined,
    /// Anyone asks for a letter at the address.
    Asks(Purpose),
    /// The owner opens one of the letters.
    Opens(usize, Browser),
    /// A day passes, and what ended is deleted.
    Waits,
}

/// A letter in the box of the address.
struct Lying {
    token: TokenHash,
    purpose: Purpose,
    /// The join that it belongs to.
    join: Option<u8>,
}

/// What a walk has come to.
struct Walk {
    now: Timestamp,
    entropy: Entropy,
    letters: Vec<Lying>,
    /// Browser of each join, and whether it made an account at once.
    joins: Vec<(Browser, bool)>,
    /// Whose the address is, and the only password that may open the account.
    proven: Option<(MemberId, Option<String>)>,
}

impl Walk {
    fn email() -> Email {
        Email::parse(ADDRESS).unwrap()
    }

    fn id(&self) -> Uuid {
        self.entropy.uuid_v7(self.now)
    }

    fn letter(&mut self, tx: &mut Tx, (purpose, holder): (Purpose, Holder), join: Option<u8>) {
        let token = TokenHash::of(&self.id().to_string());
        sql::token::issue(tx, token, (purpose, holder), &Walk::email(), self.now).unwrap();
        self.letters.push(Lying {
            token,
            purpose,
            join,
        });
    }

    fn claim(&mut self, browser: Browser, handle: &str, member: Option<MemberId>) -> (u8, Claim) {
        let join = self.joins.len() as u8;
        self.joins.push((browser, false));
        let claim = Claim {
            id: ClaimId(self.id()),
            email: Walk::email(),
            member,
            handle: Handle::parse(handle).unwrap(),
            name: String::new(),
            password_hash: member.is_none().then(|| password(browser, join)),
            newsletter: false,
            language: None,
            browser: browser.hash(join),
            expires_at: self.now.plus_secs(KEPT_SECS),
        };
        (join, claim)
    }

    fn joiner(id: MemberId, handle: &str, password_hash: String) -> NewMember {
        NewMember {
            id,
            handle: Handle::parse(handle).unwrap(),
            email: Walk::email(),
            name: String::new(),
            password_hash: Some(password_hash),
            role: Role::Member,
            newsletter: false,
            language: None,
            is_verified: false,
            is_added: false,
        }
    }

    fn open_session(&self, tx: &mut Tx, id: MemberId) -> Result<(), StoreError> {
        let member = sql::member::by_id(tx, id)?.unwrap();
        let token = TokenHash::of(&self.id().to_string());
        sql::session::open(tx, &member, token, (self.id(), ""), self.now)
    }

    fn step(&mut self, tx: &mut Tx, event: Event) -> Result<(), StoreError> {
        match event {
            Event::Joins(browser, handle) => {
                let (join, claim) = self.claim(browser, handle, None);
                insert(tx, &claim, self.now)?;
                if self.proven.is_none() {
                    let about = (Purpose::Verify, Holder::Claim(claim.id));
                    self.letter(tx, about, Some(join));
                }
            }
            Event::IsLetIn(browser, handle) => {
                let member = MemberId(self.id());
                let (join, claim) = self.claim(browser, handle, Some(member));
                let new = Walk::joiner(member, handle, password(browser, join));
                if sql::member::insert(tx, &new, self.now)? {
                    self.open_session(tx, member)?;
                    insert(tx, &claim, self.now)?;
                    self.joins[usize::from(join)].1 = true;
                    if self.proven.is_none() {
                        let about = (Purpose::Verify, Holder::Claim(claim.id));
                        self.letter(tx, about, Some(join));
                    }
                }
            }
            Event::IsAdded(role) => {
                let member = MemberId(self.id());
                let new = NewMember {
                    role,
                    is_added: true,
                    ..Walk::joiner(member, "added", "by the site's owner".into())
                };
                let is_free = sql::member::with_proven(tx, &new.email)?.is_none();
                if is_free && sql::member::insert(tx, &new, self.now)? {
                    self.open_session(tx, member)?;
                }
            }
            Event::WasJoined => {
                let member = MemberId(self.id());
                let new = Walk::joiner(member, "before", "typed before".into());
                let is_free = sql::member::with_proven(tx, &new.email)?.is_none();
                if is_free && sql::member::insert(tx, &new, self.now)? {
                    self.open_session(tx, member)?;
                    self.letter(tx, (Purpose::Verify, Holder::Member(member)), None);
                }
            }
            Event::Asks(purpose) => {
                let found = of_address(tx, &Walk::email(), self.now)?;
                let also = found.also.into_iter().map(Holder::Member);
                for holder in found.about.into_iter().chain(also) {
                    self.letter(tx, (purpose, holder), None);
                }
            }
            Event::Opens(place, browser) => self.open(tx, place, browser)?,
            Event::Waits => {
                self.now = self.now.plus_secs(KEPT_SECS);
                self.joins.iter_mut().for_each(|it| it.1 = false);
                forget(tx, self.now, 100)?;
            }
        }
        self.hold(tx)
    }

    fn open(&mut self, tx: &mut Tx, place: usize, browser: Browser) -> Result<(), StoreError> {
        let Some(letter) = self
            .letters
            .len()
            .checked_sub(1)
            .map(|last| &self.letters[place.min(last)])
        else {
            return Ok(());
        };
        let (purpose, join) = (letter.purpose, letter.join);
        let Some((holder, email)) = sql::token::consume(tx, letter.token, purpose, self.now)?
        else {
            return Ok(());
        };
        // A browser has the cookie of its own newest join.
        let newest = self.joins.iter().rposition(|it| it.0 == browser);
        let cookie = newest.map(|join| browser.hash(join as u8));
        let proof = Proof {
            holder,
            email: &email,
            letter: match purpose {
                Purpose::Verify => OpenedEmail::OfJoin(cookie),
                _ => OpenedEmail::Other,
            },
            sign_up: SignUp::Open,
        };
        let proved = match prove(tx, &proof, &self.entropy, self.now) {
            Ok(proved) => proved,
            Err(ApiError::TokenInvalid) => return Ok(()),
            Err(other) => panic!("{other}"),
        };
        let is_first = self.proven.is_none();
        if let Some((member, _)) = &self.proven {
            assert_eq!(proved.member, *member, "a letter opens another account");
        }
        // The page of a reset letter sets the password that was typed there.
        let chosen = (purpose == Purpose::Reset).then(|| format!("reset by {browser:?}"));
        if let Some(hash) = &chosen {
            sql::member::set_password(tx, proved.member, hash, self.now)?;
        }
        let of_join = join
            .filter(|_| purpose == Purpose::Verify)
            .and_then(|join| {
                let (join, newest) = (usize::from(join), newest?);
                // Among accounts that were made at once, the browser's own is the one.
                let is_own = join == newest || self.joins[join].1 && self.joins[newest].1;
                is_own.then(|| password(browser, newest as u8))
            });
        let kept = match (&self.proven, is_first) {
            (Some((_, kept)), false) => kept.clone(),
            _ => of_join,
        };
        if is_first {
            self.look_at(tx, proved)?;
        }
        self.proven = Some((proved.member, chosen.or(kept)));
        Ok(())
    }

    /// After the first proof nothing is left of what others did before it.
    fn look_at(&self, tx: &mut Tx, proved: Proved) -> Result<(), StoreError> {
        for (what, sql) in [
            ("sessions", "SELECT count(*) FROM session"),
            ("claims", "SELECT count(*) FROM claim"),
            ("tokens", "SELECT count(*) FROM token"),
            (
                "others with the address",
                "SELECT count(*) FROM member WHERE email_key IS NOT NULL AND verified_at IS NULL",
            ),
        ] {
            let left: Option<i64> = tx.query_one(sql, &[], |row| row.get(0))?;
            assert_eq!(left, Some(0), "{what}");
        }
        let member = sql::member::by_id(tx, proved.member)?.unwrap();
        assert!(member.verified_at.is_some() && member.email == Some(Walk::email()));
        Ok(())
    }

    /// What holds after every step.
    fn hold(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let proven = sql::member::with_proven(tx, &Walk::email())?.map(|it| it.id);
        assert_eq!(proven, self.proven.as_ref().map(|it| it.0));
        let Some((member, allowed)) = &self.proven else {
            return Ok(());
        };
        let stored = sql::member::password_of(tx, *member)?;
        assert!(
            stored.is_none() || stored == *allowed,
            "{stored:?} opens the account"
        );
        if allowed.is_some() && sql::member::by_id(tx, *member)?.unwrap().role == Role::Member {
            assert_eq!(stored, *allowed, "the owner's own password is lost");
        }
        Ok(())
    }
}

/// What stands for the hash of the password that was typed at a join.
fn password(browser: Browser, join: u8) -> String {
    format!("typed in {browser:?} {join}")
}

fn walks(tx: &mut Tx, n_walks: u64) -> Result<(), StoreError> {
    use Browser::{Attacker, Owner, OwnersOther};
    const EVENTS: [Event; 18] = [
        Event::Joins(Owner, "violet"),
        Event::Joins(Owner, "violet"),
        Event::Joins(Attacker, "violet"),
        Event::Joins(Attacker, "mallory"),
        Event::IsLetIn(Owner, "viola"),
        Event::IsLetIn(Attacker, "malice"),
        Event::IsAdded(Role::Member),
        Event::IsAdded(Role::Editor),
        Event::WasJoined,
        Event::Asks(Purpose::SignIn),
        Event::Asks(Purpose::Reset),
        Event::Opens(0, Owner),
        Event::Opens(1, Owner),
        Event::Opens(2, Owner),
        Event::Opens(3, Owner),
        Event::Opens(0, OwnersOther),
        Event::Opens(2, OwnersOther),
        Event::Waits,
    ];
    for seed in 0..n_walks {
        let mut walk = Walk {
            now: NOW,
            entropy: Entropy::fixed(seed),
            letters: Vec::new(),
            joins: Vec::new(),
            proven: None,
        };
        let steps: [u8; 12] = walk.entropy.bytes();
        let events = steps.map(|step| EVENTS[usize::from(step) % EVENTS.len()]);
        let walked = tx.attempt(|tx| {
            for (n, event) in events.into_iter().enumerate() {
                let stepped =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| walk.step(tx, event)));
                stepped.unwrap_or_else(|_| panic!("walk {seed} at {n}: {events:?}"))?;
            }
            // Undone, so that the next walk begins with nothing.
            Err::<(), _>(StoreError::Busy)
        });
        assert!(
            matches!(walked, Err(StoreError::Busy)),
            "{seed}: {walked:?}"
        );
    }
    Ok(())
}

#[test]
fn a_password_counts_only_in_the_browser_that_chose_it() {
    on_each_engine(|store, database| {
        let is_file = matches!(database, crate::edge::store::Database::File(_));
        let n_walks = if is_file { 2_000 } else { 150 };
        store.write_blocking(move |tx| walks(tx, n_walks)).unwrap();
    });
}
