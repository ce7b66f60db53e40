//! How members are printed: one line each below a header, one in full, or as JSON; days and times in the site's zone.

use crate::clock::Timestamp;
use crate::edge::accounts::Entitlement;
use crate::edge::accounts::service::admin::{Everything, Known, State};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The first line of a list.
pub const HEADER: &str = "handle\trole\tstate\taddress\tjoined\tlast seen\ttiers";

/// One line of a list, below [`HEADER`].
pub fn line(known: &Known, zone: &TimeZone) -> String {
    let member = &known.member;
    let tiers = tiers(&known.held, zone);
    [
        member.handle.as_str(),
        member.role.as_str(),
        State::of(member).as_str(),
        member.email.as_ref().map_or("-", |it| it.as_str()),
        &day(member.joined_at, zone),
        &known.last_seen_at.map_or_else(dash, |it| day(it, zone)),
        &if tiers.is_empty() { dash() } else { tiers },
    ]
    .join("\t")
}

/// The lines of one member; what is empty is left out.
pub fn lines(everything: &Everything, zone: &TimeZone) -> Vec<String> {
    let known = &everything.known;
    let member = &known.member;
    let pending = member.wanted_email.as_ref().map(|(email, until)| {
        let until = moment(*until, zone);
        format!("{} until {until}", email.as_str())
    });
    let suspended = member.suspended_at.map(|it| moment(it, zone));
    let reason = match (&suspended, &everything.suspended_for) {
        (Some(_), None) => Some("none was given".into()),
        (_, reason) => reason.clone(),
    };
    let rows = [
        ("handle", Some(member.handle.clone())),
        ("name", Some(member.name.clone())),
        ("id", Some(member.id.to_string())),
        ("role", Some(member.role.to_string())),
        ("state", Some(State::of(member).as_str().into())),
        ("suspended", suspended),
        ("reason", reason),
        (
            "address",
            member.email.as_ref().map(|it| it.as_str().into()),
        ),
        ("to be confirmed", pending),
        ("joined", Some(moment(member.joined_at, zone))),
        ("last seen", known.last_seen_at.map(|it| moment(it, zone))),
        ("tiers", Some(tiers(&known.held, zone))),
        ("authors", Some(everything.authors.join(", "))),
        ("language", member.language.clone()),
        ("zone", Some(zone_name(zone))),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|it| !it.is_empty())?;
        Some(format!("{name:<16}{value}"))
    });
    rows.collect()
}

/// A member of a list as JSON, with times in UTC.
pub fn object(known: &Known) -> Value {
    let member = &known.member;
    json!({
        "id": member.id, "handle": member.handle, "name": member.name,
        "email": member.email.as_ref().map_or("", |it| it.as_str()), "role": member.role,
        "verified": member.verified_at.is_some(), "suspended": member.suspended_at.is_some(),
        "joined_at": member.joined_at, "last_seen_at": known.last_seen_at, "entitlements": known.held,
    })
}

/// One member as JSON: as in a list, and what only `show` tells.
pub fn whole_object(everything: &Everything) -> Value {
    let mut object = object(&everything.known);
    let pending = everything.known.member.wanted_email.as_ref();
    object["pending_email"] = json!(pending.map(|it| it.0.as_str()));
    object["suspended_for"] = json!(everything.suspended_for);
    object["authors"] = json!(everything.authors);
    object
}

/// Until when, in words: an end at midnight of the site is the end of the day before.
pub fn until(end: Option<Timestamp>, zone: &TimeZone) -> String {
    let Some(end) = end else {
        return "for ever".into();
    };
    let last = Timestamp::from_millis(end.as_millis() - 1);
    let zone_name = zone_name(zone);
    match day(last, zone) == day(end, zone) {
        true => format!("until {} ({zone_name})", moment(end, zone)),
        false => format!("until the end of {} ({zone_name})", day(last, zone)),
    }
}

fn tiers(held: &[Entitlement], zone: &TimeZone) -> String {
    let tier = |it: &Entitlement| match it.until {
        Some(end) => {
            let last = Timestamp::from_millis(end.as_millis() - 1);
            let is_midnight = day(last, zone) != day(end, zone);
            let end = if is_midnight {
                day(last, zone)
            } else {
                moment(end, zone)
            };
            format!("{} until {end}", it.tier)
        }
        None => it.tier.to_string(),
    };
    held.iter().map(tier).collect::<Vec<_>>().join(", ")
}

fn day(at: Timestamp, zone: &TimeZone) -> String {
    shown(at, zone, "%Y-%m-%d")
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    shown(at, zone, "%Y-%m-%d %H:%M")
}

fn shown(at: Timestamp, zone: &TimeZone, form: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime(form).to_string()
}

fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").into()
}

fn dash() -> String {
    "-".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_in_the_zone_of_the_site() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        for (end, zone, words) in [
            (
                "2027-01-01T16:00:00Z",
                &shanghai,
                "until the end of 2027-01-01 (Asia/Shanghai)",
            ),
            (
                "2027-01-01T16:00:00Z",
                &TimeZone::UTC,
                "until 2027-01-01 16:00 (UTC)",
            ),
            (
                "2027-01-02T00:00:00Z",
                &TimeZone::UTC,
                "until the end of 2027-01-01 (UTC)",
            ),
            (
                "2027-01-02T00:00:00Z",
                &shanghai,
                "until 2027-01-02 08:00 (Asia/Shanghai)",
            ),
        ] {
            assert_eq!(until(Timestamp::parse(end), zone), words, "{end}");
        }
        assert_eq!(until(None, &shanghai), "for ever");
    }
}
