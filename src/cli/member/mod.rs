//! `member`: the owner's verbs over members. They work beside a running edge, on the same database. How members are printed
//! is in `show.rs`.

mod refusal;
mod show;

use crate::cli::args::SiteArgs;
use crate::cli::fatal::Fatal;
use crate::cli::{COULD_NOT_RUN, edge, print};
use crate::clock::{Clock, Timestamp};
use crate::config::{self, SiteConfig};
use crate::edge::accounts::names::looks_like;
use crate::edge::accounts::service::admin::{Added, AdminError, Filter, MemberAdmin, State};
use crate::edge::accounts::{Entitlement, Role};
use crate::edge::entropy::Entropy;
use crate::edge::mail::Mailer;
use crate::edge::release::OpenRelease;
use crate::edge::slices;
use crate::edge::store::{Database, Mode, StoreError};
use crate::ids::TierId;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// `member`
#[derive(Args, Debug)]
pub struct MemberArgs {
    /// postgres://… or a file for SQLite [default: .lyceum/lyceum.db]
    #[arg(long, value_name = "URL", env = "LYCEUM_DATABASE", global = true)]
    pub database: Option<String>,
    /// Address of the site in links, instead of the one in site.toml
    #[arg(short = 'u', long, value_name = "URL", global = true)]
    pub base_url: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub verb: MemberVerb,
}

/// What can be done to members.
#[derive(Subcommand, Debug)]
pub enum MemberVerb {
    /// Add a member; an owner gets a link to sign in with
    Add {
        /// Public name
        handle: String,
        /// E-mail address
        #[arg(long)]
        email: String,
        /// What the member may do
        #[arg(long, value_enum, default_value = "member")]
        role: Role,
        /// Read the password from standard input
        #[arg(long, conflicts_with = "no_password")]
        password_stdin: bool,
        /// Sign in by link alone; this is also what happens without --password-stdin
        #[arg(long)]
        no_password: bool,
        /// The address needs no proof
        #[arg(long)]
        verified: bool,
    },
    /// One line a member: handle, role, state, address, joined, last seen, tiers
    List {
        /// Those with this role
        #[arg(long, value_enum)]
        role: Option<Role>,
        /// Those in this state
        #[arg(long, value_enum)]
        state: Option<State>,
        /// Those who have this tier now
        #[arg(long)]
        tier: Option<String>,
        /// Those with this text in handle, name or address
        #[arg(long, value_name = "TEXT")]
        find: Option<String>,
        /// Print how many, and nothing else
        #[arg(long, conflicts_with = "json")]
        count: bool,
        /// One JSON object a member
        #[arg(long)]
        json: bool,
    },
    /// All that is told of one member
    Show {
        /// A handle or an address
        who: String,
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Send the letter again that confirms a member's address
    Confirm {
        /// A handle or an address
        who: String,
    },
    /// Give a member another address
    Address {
        /// A handle or the present address
        who: String,
        /// The new one
        email: String,
        /// The address needs no proof: it counts at once
        #[arg(long)]
        verified: bool,
    },
    /// Give a tier, and tell the member by mail
    Grant {
        /// A handle or an address
        handle: String,
        /// Which, as in site.toml
        tier: String,
        /// A date, a moment in RFC 3339, or `forever`
        #[arg(long, value_name = "DATE|forever")]
        until: String,
        /// Send no letter, neither now nor at the end
        #[arg(long)]
        no_letter: bool,
    },
    /// Take back what was granted of a tier, and tell the member by mail
    Revoke {
        /// A handle or an address
        handle: String,
        /// Which
        tier: String,
        /// Send no letter
        #[arg(long)]
        no_letter: bool,
    },
    /// Give a role
    Role {
        /// A handle or an address
        handle: String,
        /// Which
        #[arg(value_enum)]
        role: Role,
    },
    /// Say that a member is an author of pages, or not to be one; without a name, list which authors they are
    Author {
        /// A handle or an address
        handle: String,
        /// As in the front matter of the pages
        name: Option<String>,
        /// Take it back
        #[arg(long, requires = "name")]
        remove: bool,
    },
    /// Shut a member out, at once
    Suspend {
        /// A handle or an address
        handle: String,
        /// One line that the member reads at the next sign-in
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Let in again
        #[arg(long, conflicts_with = "reason")]
        lift: bool,
    },
    /// Erase a member for good
    Erase {
        /// A handle or an address
        handle: String,
        /// Yes, for good
        #[arg(long)]
        yes: bool,
    },
    /// All that is known of a member, as JSON on standard output
    Export {
        /// A handle or an address
        handle: String,
    },
}

/// Opens the database and does it.
pub fn run(site: &SiteArgs, args: &MemberArgs) -> ExitCode {
    let config = match config::load(&site.root, &site.config) {
        Ok((config, _)) => config,
        Err(error) => return Fatal::tell_settings(site, error),
    };
    let data_dir = site.root.join(".lyceum");
    if let Some(missing) = missing(args, &data_dir) {
        return Fatal::of("database", &missing).tell(false);
    }
    let store = match edge::open_store(args.database.as_deref(), &data_dir, Mode::Tool) {
        Ok(store) => store,
        Err(error) => return Fatal::of("database", &error).tell(false),
    };
    let admin = MemberAdmin {
        store: store.clone(),
        clock: Clock::Wall,
        entropy: Entropy::System,
    };
    let done = act(&admin, &config, &site.root, args);
    store.close();
    match done {
        Ok(()) => print::verdict(0),
        Err(Refused::Words(message, help)) => {
            print::failure(&message, &help);
            ExitCode::from(COULD_NOT_RUN)
        }
        Err(Refused::Admin(AdminError::Store(error))) => Fatal::of("database", &error).tell(false),
        Err(Refused::Admin(error)) => {
            Fatal::new("refused", error.to_string(), refusal::help(&error)).tell(false)
        }
    }
}

/// Whether there is no database yet. Only a member who is added makes one: all other verbs would work on an empty one,
/// where the edge has another.
fn missing(args: &MemberArgs, data_dir: &Path) -> Option<StoreError> {
    if matches!(args.verb, MemberVerb::Add { .. }) {
        return None;
    }
    match edge::named_database(args.database.as_deref(), data_dir) {
        Ok(Database::File(path)) if is_empty(&path) => Some(StoreError::Missing { path }),
        _ => None,
    }
}

/// Whether a path has no file, or one without a byte.
fn is_empty(path: &Path) -> bool {
    path.metadata()
        .map_or(true, |it| it.is_file() && it.len() == 0)
}

/// Why it was not done: wrong words, or why the service refused.
enum Refused {
    Words(String, String),
    Admin(AdminError),
}

impl From<AdminError> for Refused {
    fn from(error: AdminError) -> Self {
        Refused::Admin(error)
    }
}

fn act(
    admin: &MemberAdmin,
    config: &SiteConfig,
    root: &Path,
    args: &MemberArgs,
) -> Result<(), Refused> {
    match &args.verb {
        MemberVerb::Add {
            handle,
            email,
            role,
            password_stdin,
            no_password: _,
            verified,
        } => {
            let password = if *password_stdin {
                Some(read_password()?)
            } else {
                None
            };
            let added = Added {
                handle: handle.clone(),
                email: email.clone(),
                role: *role,
                password,
                is_verified: *verified,
                site_title: config.title.clone(),
            };
            let (_, token) = admin.add(added)?;
            print::result(&format!("added {handle}"));
            if token.is_none() && !verified {
                print::result(&format!(
                    "next: `lyceum member confirm {handle}` sends the letter that proves the address"
                ));
            }
            if let Some(token) = token {
                let base = args
                    .base_url
                    .as_deref()
                    .unwrap_or(config.base_url.as_str())
                    .trim_end_matches('/');
                print::result(&format!(
                    "sign in once, within an hour: {base}/members/link/?token={token}"
                ));
            }
        }
        MemberVerb::List {
            role,
            state,
            tier,
            find,
            count,
            json,
        } => {
            let tier = tier.as_deref().map(|it| known_tier(config, it));
            let filter = Filter {
                role: *role,
                state: *state,
                tier: tier.transpose()?,
                text: find.clone(),
            };
            list(admin, &filter, (*count, *json), &config.timezone)?;
        }
        MemberVerb::Show { who, json: true } => {
            print::json_line(&show::whole_object(&admin.show(who)?));
        }
        MemberVerb::Show { who, json: false } => {
            let lines = show::lines(&admin.show(who)?, &config.timezone);
            lines.iter().for_each(|it| print::result(it));
        }
        MemberVerb::Confirm { who } => {
            let email = admin.confirm(who)?;
            print::result(&format!(
                "a letter to {} waits to be sent by the edge",
                email.as_str()
            ));
        }
        MemberVerb::Address {
            who,
            email,
            verified,
        } => {
            admin.set_address(who, email, *verified)?;
            print::result(&match verified {
                true => format!("{who} has the address {email}"),
                false => format!(
                    "{who} has the address {email} once the letter to it is opened, which the edge sends"
                ),
            });
        }
        MemberVerb::Grant {
            handle,
            tier,
            until,
            no_letter,
        } => {
            let tier = known_tier(config, tier)?;
            let until = moment(config, until)?;
            if until.is_some_and(|it| it <= admin.clock.now()) {
                let help = "take a moment that has not passed, or `forever`".to_owned();
                let end = show::until(until, &config.timezone);
                return Err(Refused::Words(
                    format!("{handle} would have {tier} {end}: a moment that has passed"),
                    help,
                ));
            }
            admin.grant(handle, &tier, until, !no_letter)?;
            let end = show::until(until, &config.timezone);
            print::result(&format!("{handle} has {tier} {end}"));
            let held = admin.show(handle)?.known.held;
            let others = held.iter().filter(|it| it.tier == tier);
            let lasts = |it: &&Entitlement| match (it.until, until) {
                (None, Some(_)) => true,
                (Some(other), Some(until)) => other > until,
                _ => false,
            };
            if let Some(longest) = others
                .filter(lasts)
                .max_by_key(|it| it.until.map_or(i64::MAX, Timestamp::as_millis))
            {
                let end = show::until(longest.until, &config.timezone);
                print::result(&format!(
                    "what was given before lasts longer: {tier} {end}; take it back first with `lyceum member revoke {handle} {tier}` to shorten it"
                ));
            }
        }
        MemberVerb::Revoke {
            handle,
            tier,
            no_letter,
        } => {
            let tier = TierId::parse(tier).ok_or_else(|| no_tier(config, tier))?;
            admin.revoke(handle, &tier, !no_letter)?;
            print::result(&format!("{handle} no longer has {tier}"));
        }
        MemberVerb::Role { handle, role } => {
            admin.set_role(handle, *role)?;
            // Of a password that is there only a hash is known.
            let hint = match role.is_staff() {
                true => "; have a password set of at least 15 characters, as the staff needs",
                false => "",
            };
            print::result(&format!("{handle} is {role}{hint}"));
        }
        MemberVerb::Author {
            handle, name: None, ..
        } => admin
            .authors(handle)?
            .iter()
            .for_each(|name| print::result(name)),
        MemberVerb::Author {
            handle,
            name: Some(name),
            remove: false,
        } => {
            let name = known_author(root, name)?;
            admin.link_author(handle, &name)?;
            print::result(&format!("{handle} is the author {name}"));
        }
        MemberVerb::Author {
            handle,
            name: Some(name),
            remove: true,
        } => {
            admin.unlink_author(handle, name)?;
            print::result(&format!("{handle} is no longer the author {name}"));
        }
        MemberVerb::Suspend {
            handle,
            reason,
            lift: false,
        } => {
            admin.suspend(handle, reason.as_deref())?;
            print::result(&format!("{handle} is suspended"));
        }
        MemberVerb::Suspend {
            handle, lift: true, ..
        } => {
            admin.lift(handle)?;
            print::result(&format!("{handle} may sign in again"));
        }
        MemberVerb::Erase { handle, yes: false } => {
            let member = admin.show(handle)?.known.member;
            let email = member
                .email
                .as_ref()
                .map(|it| format!(" ({})", it.as_str()));
            let help = "add --yes; nothing brings the member back".to_owned();
            return Err(Refused::Words(
                format!(
                    "`{}`{} would be erased for good",
                    member.handle,
                    email.unwrap_or_default()
                ),
                help,
            ));
        }
        MemberVerb::Erase { handle, yes: true } => {
            let (id, email) = admin.whose(handle)?;
            admin.erase(handle, slices::tables())?;
            let mailer = Mailer::new(&root.join(".lyceum"));
            if let Err(error) = mailer.forget(id.0, email.as_ref()) {
                let help = "delete the letters to the member by hand".to_owned();
                let message = format!("{handle} is erased, but the outbox cannot be read: {error}");
                return Err(Refused::Words(message, help));
            }
            print::result(&format!("erased {handle}"));
        }
        MemberVerb::Export { handle } => print::json_line(&admin.export(handle, slices::tables())?),
    }
    Ok(())
}

/// Prints the members that a filter lets pass: how many, as objects, or as lines below a header.
fn list(
    admin: &MemberAdmin,
    filter: &Filter,
    (counts, json): (bool, bool),
    zone: &TimeZone,
) -> Result<(), AdminError> {
    let mut n_members = 0;
    if !counts && !json {
        print::result(show::HEADER);
    }
    admin.list(filter, |known| {
        n_members += 1;
        match (counts, json) {
            (true, _) => {}
            (false, true) => print::json_line(&show::object(known)),
            (false, false) => print::result(&show::line(known, zone)),
        }
    })?;
    if counts {
        print::result(&n_members.to_string());
    }
    Ok(())
}

/// The first line of standard input, without its end.
fn read_password() -> Result<String, Refused> {
    let mut text = String::new();
    let read = std::io::stdin().take(4_096).read_to_string(&mut text);
    read.map_err(|error| {
        Refused::Words(format!("cannot read the password: {error}"), String::new())
    })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// The name as the pages of the present release have it. Without a release any name is taken.
fn known_author(root: &Path, name: &str) -> Result<String, Refused> {
    let Ok(release) = OpenRelease::open(&root.join("dist"), None) else {
        return Ok(name.into());
    };
    let pages = release.manifest().pages.values();
    let known: BTreeSet<&String> = pages.flat_map(|page| &page.authors).collect();
    if let Some(found) = known.iter().find(|it| looks_like(it, name)) {
        return Ok((*found).clone());
    }
    let known: Vec<&str> = known.into_iter().map(String::as_str).collect();
    let help = match known.as_slice() {
        [] => "name authors in the front matter of pages, and build".into(),
        known => format!("there are: {}", known.join(", ")),
    };
    Err(Refused::Words(
        format!("no page names the author `{name}`"),
        help,
    ))
}

fn known_tier(config: &SiteConfig, text: &str) -> Result<TierId, Refused> {
    let known = config.tiers.iter().find(|tier| tier.id.as_str() == text);
    known
        .map(|tier| tier.id.clone())
        .ok_or_else(|| no_tier(config, text))
}

fn no_tier(config: &SiteConfig, text: &str) -> Refused {
    let known: Vec<&str> = config.tiers.iter().map(|tier| tier.id.as_str()).collect();
    let help = if known.is_empty() {
        "add [[tiers]] to site.toml".into()
    } else {
        format!("there are: {}", known.join(", "))
    };
    Refused::Words(format!("no tier is called `{text}`"), help)
}

/// A date is good to its end in the site's time zone.
fn moment(config: &SiteConfig, text: &str) -> Result<Option<Timestamp>, Refused> {
    if text == "forever" {
        return Ok(None);
    }
    if let Some(moment) = Timestamp::parse(text) {
        return Ok(Some(moment));
    }
    // 9999-12-30T00:00:00Z: later days end beyond the calendar in some time zone.
    let last = Timestamp::from_millis(253_402_128_000_000);
    // A date alone: of a time without an offset nobody knows when it is.
    let date = text
        .parse::<Date>()
        .ok()
        .filter(|it| it.to_string() == text);
    let end = date.map(|date| {
        let next = date.tomorrow().ok();
        let next = next.and_then(|it| it.to_zoned(config.timezone.clone()).ok());
        next.map_or(last, |it| {
            Timestamp::from_millis(it.timestamp().as_millisecond())
        })
    });
    let help =
        "give a date such as 2026-12-31, a moment with its offset such as 2026-12-31T12:00:00+08:00, or `forever`"
            .to_owned();
    end.map(Some)
        .ok_or_else(|| Refused::Words(format!("`{text}` is no time"), help))
}
