//! What readers did with a page, as rows.
//!
//! Everything that is read for a score is bounded by a window of time or by the newest comments.

mod tables;

pub use tables::TABLES;

use crate::clock::Timestamp;
use crate::edge::accounts::{MemberId, service as accounts};
use crate::edge::comments;
use crate::edge::engagement::reading::Reading;
use crate::edge::engagement::scores::Activity;
use crate::edge::engagement::{CommentStats, Facts, Gathered, Mine, NEWEST, Overrides, is_author};
use crate::edge::page_keys::PageKey;
use crate::edge::reactions;
use crate::edge::store::{Row, StoreError, Tx};
use serde_json::json;

/// Which page, since when, and who wrote it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The page.
    pub page: PageKey,
    /// Names of its authors, whose own activity is left out.
    pub authors: Vec<String>,
    /// Start of the window of participation.
    pub since: Timestamp,
    /// Whether a member counts only once the address is proven.
    pub verified_only: bool,
}

/// All that the scores of a page are made of.
pub fn gather(tx: &mut Tx, asked: &Asked) -> Result<Gathered, StoreError> {
    let page = &asked.page;
    let (n_viewers, n_readers) = readers(tx, page)?;
    Ok(Gathered {
        activities: activities(tx, asked)?,
        comments: comment_stats(tx, page)?,
        facts: Facts {
            n_members: accounts::n_members(tx, asked.verified_only)?,
            n_viewers,
            n_readers,
            overrides: overrides(tx, page)?,
            ..counts(tx, page)?
        },
    })
}

/// What each member did for the page inside the window; its authors, suspended and erased members left
/// out, in no order.
fn activities(tx: &mut Tx, asked: &Asked) -> Result<Vec<Activity>, StoreError> {
    let authors = accounts::authors::who_are(tx, &asked.authors)?;
    let rows = tx.query(
        "SELECT m.id, m.handle, m.name, m.trust_level, m.role,
                CAST(SUM(d.liked) AS BIGINT) AS liked, CAST(SUM(d.saved) AS BIGINT) AS saved,
                CAST(SUM(d.shared) AS BIGINT) AS shared, CAST(SUM(d.said) AS BIGINT) AS said,
                CAST(SUM(d.answered) AS BIGINT) AS answered
         FROM (
             SELECT member_id, 1 AS liked, 0 AS saved, 0 AS shared, 0 AS said, 0 AS answered
             FROM page_like WHERE page_id = $1 AND at > $2
             UNION ALL
             SELECT member_id, 0, 1, 0, 0, 0 FROM page_save WHERE page_id = $1 AND at > $2
             UNION ALL
             SELECT member_id, 0, 0, 1, 0, 0 FROM page_share WHERE page_id = $1 AND at > $2
             UNION ALL
             SELECT c.member_id, 0, 0, 0,
                    CASE WHEN q.kind = 'question' AND q.member_id <> c.member_id THEN 0 ELSE 1 END,
                    CASE WHEN q.kind = 'question' AND q.member_id <> c.member_id THEN 1 ELSE 0 END
             FROM comment c LEFT JOIN comment q ON q.id = c.parent_id
             WHERE c.page_id = $1 AND c.posted_at > $2 AND c.state = 'shown'
         ) d JOIN member m ON m.id = d.member_id
         WHERE m.erased_at IS NULL AND m.suspended_at IS NULL
         GROUP BY m.id, m.handle, m.name, m.trust_level, m.role",
        &[&asked.page, &asked.since],
        |row| {
            let (handle, name): (String, String) = (row.get("handle")?, row.get("name")?);
            let is_linked = authors.contains(&row.get("id")?);
            let is_author = is_linked || is_author(&asked.authors, &handle, &name);
            Ok((!is_author).then_some(activity(row)?))
        },
    )?;
    Ok(rows.into_iter().flatten().collect())
}

fn activity(row: &Row) -> Result<Activity, StoreError> {
    let times = |column: &'static str| row.get::<u32>(column);
    let role: String = row.get("role")?;
    let trust_level: u8 = row.get("trust_level")?;
    Ok(Activity {
        // Whoever was given a role was trusted by the owner.
        trust_level: if role == "member" {
            trust_level
        } else {
            trust_level.max(2)
        },
        liked: times("liked")? > 0,
        saved: times("saved")? > 0,
        shared: times("shared")? > 0,
        n_comments: times("said")?,
        n_answers: times("answered")?,
    })
}

/// The newest shown comments of a page, oldest first, at most [`NEWEST`].
fn comment_stats(tx: &mut Tx, page: &PageKey) -> Result<Vec<CommentStats>, StoreError> {
    let mut newest = tx.query(
        "SELECT c.body, c.n_chars,
                c.n_likes - CASE WHEN EXISTS (SELECT 1 FROM comment_like l
                    WHERE l.comment_id = c.id AND l.member_id = c.member_id) THEN 1 ELSE 0 END AS n_likes,
                (SELECT COUNT(*) FROM (SELECT 1 AS one FROM comment r
                    WHERE r.parent_id = c.id AND r.state = 'shown' AND r.member_id <> c.member_id
                    LIMIT 2) o) AS n_replies
         FROM comment c WHERE c.page_id = $1 AND c.state = 'shown'
         ORDER BY c.posted_at DESC, c.id DESC LIMIT $2",
        &[page, &(NEWEST as i64)],
        |row| {
            Ok(CommentStats {
                body: row.get("body")?,
                n_chars: row.get("n_chars")?,
                n_likes: row.get("n_likes")?,
                n_replies_by_others: row.get("n_replies")?,
            })
        },
    )?;
    newest.reverse();
    Ok(newest)
}

fn counts(tx: &mut Tx, page: &PageKey) -> Result<Facts, StoreError> {
    let kept = reactions::service::counts(tx, page)?;
    Ok(Facts {
        n_likes: kept.n_likes,
        n_saves: kept.n_saves,
        n_comments: comments::service::n_shown(tx, page)?,
        helpful: kept.helpful,
        ..Facts::default()
    })
}

/// Readers who opened the page, and those who read it; a visitor counts once a day. As [`add_reading`] keeps them.
fn readers(tx: &mut Tx, page: &PageKey) -> Result<(u32, u32), StoreError> {
    let counted = tx.query_one(
        "SELECT n_viewers, n_readers FROM page_readers WHERE page_id = $1",
        &[page],
        |row| Ok((row.get("n_viewers")?, row.get("n_readers")?)),
    )?;
    Ok(counted.unwrap_or_default())
}

fn overrides(tx: &mut Tx, page: &PageKey) -> Result<Overrides, StoreError> {
    let rows: Vec<(String, f64)> = tx.query(
        "SELECT kind, override FROM page_score WHERE page_id = $1 AND override IS NOT NULL",
        &[page],
        |row| Ok((row.get("kind")?, row.get("override")?)),
    )?;
    let of = |kind: &str| {
        rows.iter()
            .find(|(found, _)| found == kind)
            .map(|(_, score)| *score)
    };
    Ok(Overrides {
        content: of("content"),
        expertise: of("expertise"),
        practicality: of("practicality"),
        readability: of("readability"),
        participation: of("participation"),
        interaction_quality: of("interaction_quality"),
        interaction: of("interaction"),
    })
}

/// What a member did with a page.
pub fn of_member(tx: &mut Tx, page: &PageKey, member: MemberId) -> Result<Mine, StoreError> {
    let found = tx.query_one(
        "SELECT EXISTS (SELECT 1 FROM page_like WHERE page_id = $1 AND member_id = $2) AS liked,
                EXISTS (SELECT 1 FROM page_save WHERE page_id = $1 AND member_id = $2) AS saved,
                (SELECT helpful FROM page_rating WHERE page_id = $1 AND member_id = $2) AS helpful",
        &[page, &member.0],
        |row| {
            let (liked, saved) = (row.get("liked")?, row.get("saved")?);
            Ok(Mine {
                liked,
                saved,
                helpful: row.get("helpful")?,
            })
        },
    )?;
    Ok(found.unwrap_or(Mine {
        liked: false,
        saved: false,
        helpful: None,
    }))
}

/// One reader of one page on one day.
#[derive(Clone, Debug)]
pub struct Reader<'r> {
    /// The page.
    pub page: &'r PageKey,
    /// Days since 1970.
    pub day: i64,
    /// A member's id or a visitor's hash.
    pub name: &'r str,
    /// The member; `None` for a visitor.
    pub member: Option<MemberId>,
}

/// How many pages a member has read on a day, counted up to `most`.
pub fn n_read_on(tx: &mut Tx, member: MemberId, day: i64, most: u32) -> Result<u32, StoreError> {
    let starts_at = Timestamp::from_millis(day * 86_400_000);
    let n = tx.query_one(
        "SELECT COUNT(*) AS n FROM (
             SELECT 1 AS one FROM reading WHERE member_id = $1 AND last_at >= $2 LIMIT $3) o",
        &[&member.0, &starts_at, &most],
        |row| row.get("n"),
    )?;
    Ok(n.unwrap_or_default())
}

/// Adds what a request told to what is known of the day, judges anew whether it is a read, and counts the page's
/// readers on. Takes a row more from `room`; without room only what is known of the day is changed.
pub fn add_reading(
    tx: &mut Tx,
    reader: &Reader,
    (told, expected_secs): (Reading, f64),
    room: &mut u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = tx.query_one(
        "SELECT n_views, progress, dwell_secs, n_shares, is_read, first_at FROM reading
         WHERE page_id = $1 AND day = $2 AND reader = $3",
        &[reader.page, &reader.day, &reader.name],
        |row| {
            let known = Reading {
                n_views: row.get("n_views")?,
                progress: row.get("progress")?,
                dwell_secs: row.get("dwell_secs")?,
                n_shares: row.get("n_shares")?,
            };
            let first_at: Timestamp = row.get("first_at")?;
            Ok((known, row.get::<bool>("is_read")?, first_at))
        },
    )?;
    if known.is_none() {
        if *room == 0 {
            return Ok(());
        }
        *room -= 1;
    }
    let (known, before, first_at) = match known {
        Some((known, was_read, first_at)) => (known, Presence::of(was_read), first_at),
        None => (Reading::default(), Presence::default(), now),
    };
    let sum = known.joined_with(told).within(now.secs_since(first_at));
    let is_read = sum.is_read(expected_secs);
    count_on(tx, reader, before, Presence::of(is_read))?;
    tx.execute(
        "INSERT INTO reading (page_id, day, reader, member_id, n_views, progress, dwell_secs, n_shares,
                              is_read, first_at, last_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
         ON CONFLICT (page_id, day, reader) DO UPDATE SET
             n_views = excluded.n_views, progress = excluded.progress, dwell_secs = excluded.dwell_secs,
             n_shares = excluded.n_shares, is_read = excluded.is_read, last_at = excluded.last_at",
        &[
            reader.page, &reader.day, &reader.name, &reader.member.map(|it| it.0), &sum.n_views, &sum.progress,
            &sum.dwell_secs, &sum.n_shares, &is_read, &now,
        ],
    )?;
    let first_share = reader.member.filter(|_| told.n_shares > 0);
    if let Some(member) = first_share {
        tx.execute(
            "INSERT INTO page_share (page_id, member_id, at) VALUES ($1, $2, $3)
             ON CONFLICT (page_id, member_id) DO NOTHING",
            &[reader.page, &member.0, &now],
        )?;
    }
    Ok(())
}

/// What one reader adds to the numbers of a page.
#[derive(Clone, Copy, Debug, Default)]
struct Presence {
    viewed: bool,
    read: bool,
}

impl Presence {
    /// Of a day on which the page was opened.
    fn of(read: bool) -> Self {
        Presence { viewed: true, read }
    }
}

/// Moves the numbers of a page where a day of one reader makes another one of them. A member was perhaps there on
/// other days, and counts once.
fn count_on(
    tx: &mut Tx,
    reader: &Reader,
    before: Presence,
    after: Presence,
) -> Result<(), StoreError> {
    if (before.viewed, before.read) == (after.viewed, after.read) {
        return Ok(());
    }
    let otherwise = match reader.member {
        Some(member) => on_other_days(tx, reader, member)?,
        None => Presence::default(),
    };
    let step = |known: bool, before: bool, after: bool| match known {
        true => 0,
        false => i64::from(after) - i64::from(before),
    };
    let n_viewers = step(otherwise.viewed, before.viewed, after.viewed);
    let n_readers = step(otherwise.read, before.read, after.read);
    if (n_viewers, n_readers) == (0, 0) {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO page_readers (page_id, n_viewers, n_readers) VALUES ($1, $2, $3)
         ON CONFLICT (page_id) DO UPDATE SET
             n_viewers = page_readers.n_viewers + excluded.n_viewers,
             n_readers = page_readers.n_readers + excluded.n_readers",
        &[reader.page, &n_viewers, &n_readers],
    )?;
    Ok(())
}

fn on_other_days(tx: &mut Tx, reader: &Reader, member: MemberId) -> Result<Presence, StoreError> {
    let found = tx.query_one(
        "SELECT COUNT(*) > 0 AS viewed, COALESCE(MAX(is_read), 0) AS is_read FROM reading
         WHERE page_id = $1 AND member_id = $2 AND day <> $3",
        &[reader.page, &member.0, &reader.day],
        |row| {
            Ok(Presence {
                viewed: row.get("viewed")?,
                read: row.get("is_read")?,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// The key that hashes the visitors of `day`; `fresh` becomes it when there is none yet. The key of any
/// other day is thrown away.
pub fn salt_of(tx: &mut Tx, day: i64, fresh: &str, now: Timestamp) -> Result<String, StoreError> {
    forget_salts(tx, day)?;
    tx.execute(
        "INSERT INTO setting (name, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        &[&salt_name(day), &fresh, &now],
    )?;
    let kept = tx.query_one(
        "SELECT value FROM setting WHERE name = $1",
        &[&salt_name(day)],
        |row| row.get("value"),
    )?;
    Ok(kept.unwrap_or_else(|| fresh.to_owned()))
}

/// Throws away the keys of all days but this one.
pub fn forget_salts(tx: &mut Tx, day: i64) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM setting WHERE name LIKE 'visitors of day %' AND name <> $1",
        &[&salt_name(day)],
    )?;
    Ok(())
}

fn salt_name(day: i64) -> String {
    format!("visitors of day {day}")
}

/// Moves readings of one page to another, at most `limit`; false where there are none. Where both have one of a reader
/// and day, that of the other page stays.
pub fn move_readings(
    tx: &mut Tx,
    old: &PageKey,
    new: &PageKey,
    limit: i64,
) -> Result<bool, StoreError> {
    let found = tx.query(
        "SELECT day, reader, member_id, is_read FROM reading WHERE page_id = $1 LIMIT $2",
        &[old, &limit],
        |row| {
            let member: Option<MemberId> = row.get("member_id")?;
            let of = (row.get::<i64>("day")?, row.get::<String>("reader")?);
            Ok((of, member, Presence::of(row.get("is_read")?)))
        },
    )?;
    for ((day, name), member, presence) in &found {
        let reader = |page| Reader {
            page,
            day: *day,
            name,
            member: *member,
        };
        let is_taken = tx.execute(
            "INSERT INTO reading (page_id, day, reader, member_id, n_views, progress, dwell_secs, n_shares, is_read, first_at, last_at)
             SELECT CAST($2 AS TEXT), day, reader, member_id, n_views, progress, dwell_secs, n_shares, is_read, first_at, last_at
             FROM reading WHERE page_id = $1 AND day = $3 AND reader = $4 ON CONFLICT DO NOTHING",
            &[old, new, day, name],
        )?;
        tx.execute(
            "DELETE FROM reading WHERE page_id = $1 AND day = $2 AND reader = $3",
            &[old, day, name],
        )?;
        if is_taken > 0 {
            count_on(tx, &reader(new), Presence::default(), *presence)?;
        }
        count_on(tx, &reader(old), *presence, Presence::default())?;
    }
    Ok(!found.is_empty())
}

/// Deletes what visitors read before a day, at most `limit` rows; returns how many. What members read stays until they go.
pub fn forget_visitors(tx: &mut Tx, before_day: i64, limit: i64) -> Result<u64, StoreError> {
    let old = tx.query(
        "SELECT day, page_id, reader, is_read FROM reading
         WHERE day < $1 AND member_id IS NULL ORDER BY day, page_id LIMIT $2",
        &[&before_day, &limit],
        |row| {
            let of = (row.get::<i64>("day")?, row.get::<String>("page_id")?);
            Ok((of, row.get::<String>("reader")?, row.get::<i64>("is_read")?))
        },
    )?;
    for same in old.chunk_by(|one, other| one.0 == other.0) {
        let (day, page) = &same[0].0;
        let readers: Vec<&str> = same.iter().map(|it| it.1.as_str()).collect();
        let n_read: i64 = same.iter().map(|it| it.2).sum();
        tx.execute(
            "DELETE FROM reading WHERE page_id = $1 AND day = $2 AND reader IN ({{each}}($3))",
            &[page, day, &json!(readers).to_string()],
        )?;
        // A visitor's name is of one day, so each row is one of those who were counted.
        tx.execute(
            "UPDATE page_readers SET n_viewers = n_viewers - $2, n_readers = n_readers - $3
             WHERE page_id = $1",
            &[page, &(same.len() as i64), &n_read],
        )?;
    }
    Ok(old.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::accounts::service::leave;
    use crate::edge::page_keys::merges;
    use crate::edge::slices;
    use crate::edge::store::tests::on_each_engine;
    use crate::edge::store::{Database, Store};
    use crate::ids::PageId;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    type Numbers = BTreeMap<String, (u32, u32)>;

    fn numbers(tx: &mut Tx, sql: &'static str) -> Result<Numbers, StoreError> {
        let rows = tx.query(sql, &[], |row| {
            let numbers = (row.get("n_viewers")?, row.get("n_readers")?);
            Ok((row.get::<String>("page_id")?, numbers))
        })?;
        // A page that all readers left is as one that nobody opened.
        Ok(rows.into_iter().filter(|it| it.1 != (0, 0)).collect())
    }

    /// Pages whose kept counts of reactions are not what their rows are.
    fn reacted(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
        tx.query(
            "SELECT page_id FROM (
                 SELECT page_id, n_likes, n_saves, n_helpful, n_rated FROM page_count
                 UNION ALL SELECT page_id, -1, 0, 0, 0 FROM page_like
                 UNION ALL SELECT page_id, 0, -1, 0, 0 FROM page_save
                 UNION ALL SELECT page_id, 0, 0, -helpful, -1 FROM page_rating
             ) n GROUP BY page_id
             HAVING SUM(n_likes) <> 0 OR SUM(n_saves) <> 0 OR SUM(n_helpful) <> 0 OR SUM(n_rated) <> 0",
            &[],
            |row| row.get("page_id"),
        )
    }

    /// Days that pass, members who come again, pages that grow, move and are forgotten.
    fn live(tx: &mut Tx, acts: usize) -> Result<(), StoreError> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = |n: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % n
        };
        let member = |n: u64| MemberId(Uuid::from_u128(u128::from(n) + 1));
        for n in 0..4 {
            tx.execute(
                "INSERT INTO member (id, handle, handle_key, name, role, created_at, updated_at)
                 VALUES ($1, $1, $1, $1, 'member', 0, 0)",
                &[&member(n)],
            )?;
        }
        let now = Timestamp::from_millis(0);
        for act in 0..acts {
            let page = PageKey::of(&PageId::new(["a", "b", "c"][below(3) as usize]));
            let day = (act / 20) as i64;
            match below(40) {
                0 => leave::erase(tx, slices::tables(), member(below(4)), now)?,
                1 => drop(forget_visitors(tx, day - 2, 5)?),
                2 => {
                    let other = PageKey::of(&PageId::new(["a", "b", "c"][below(3) as usize]));
                    // Not always to its end.
                    let mut steps = below(9);
                    while other != page
                        && steps > 0
                        && merges::go_on(tx, slices::tables(), (&page, &other), 3)?.is_some()
                    {
                        steps -= 1;
                    }
                }
                3..=7 => {
                    let (member, liked) = (member(below(4)), below(2) == 0);
                    reactions::service::like(tx, &page, member, liked, now)?;
                }
                8..=11 => {
                    let (member, saved) = (member(below(4)), below(2) == 0);
                    let page = (&page, true);
                    reactions::service::save(tx, page, member, saved, now)
                        .expect("a published page can be saved");
                }
                12..=17 => {
                    let helpful = [None, Some(false), Some(true)][below(3) as usize];
                    reactions::service::rate(tx, &page, member(below(4)), helpful, now)?;
                }
                _ => {
                    let (who, progress) = (below(8), below(3) as f64 / 2.0);
                    let told = Reading {
                        n_views: 1,
                        progress,
                        dwell_secs: 30.0,
                        n_shares: 0,
                    };
                    let is_member = who < 4;
                    let name = match is_member {
                        true => member(who).to_string(),
                        false => format!("visitor {who} of {day} on {page}"),
                    };
                    let reader = Reader {
                        page: &page,
                        day,
                        name: &name,
                        member: is_member.then(|| member(who)),
                    };
                    // The text may have grown since, and a read be none any more.
                    let expected_secs = [10.0, 100.0, 1_000.0][below(3) as usize];
                    let mut room = 1;
                    add_reading(tx, &reader, (told, expected_secs), &mut room, now)?;
                    // Without room nothing is added, and what is there goes on.
                    let stranger = Reader {
                        name: "one too many",
                        member: None,
                        ..reader.clone()
                    };
                    for reader in [&reader, &stranger] {
                        add_reading(tx, reader, (told, expected_secs), &mut 0, now)?;
                    }
                }
            }
            let strangers = tx.query_one(
                "SELECT 1 AS one FROM reading WHERE reader = 'one too many'",
                &[],
                |_| Ok(()),
            )?;
            assert!(strangers.is_none());
            let kept = numbers(tx, "SELECT page_id, n_viewers, n_readers FROM page_readers")?;
            let counted = numbers(
                tx,
                "SELECT page_id, COUNT(DISTINCT reader) AS n_viewers,
                        COUNT(DISTINCT CASE WHEN is_read = 1 THEN reader END) AS n_readers
                 FROM reading GROUP BY page_id",
            )?;
            assert_eq!(kept, counted, "after act {act}");
            assert_eq!(reacted(tx)?, Vec::<String>::new(), "after act {act}");
        }
        Ok(())
    }

    #[test]
    fn readers_are_counted_as_their_rows_would_be() {
        on_each_engine(|store: &Store, _: &Database| {
            store.write_blocking(|tx| live(tx, 1_000)).unwrap();
        });
    }
}
