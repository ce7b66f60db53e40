//! What the two engines spell differently: one table of words, and the numbers of placeholders.
//!
//! A statement or a migration writes `{{word}}` where the engines differ. Everything else in it is
//! SQL that both understand.

/// Which engine a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded engine.
    Sqlite,
    /// The server.
    Postgres,
}

/// Word, what SQLite reads, what PostgreSQL reads.
const WORDS: [(&str, &str, &str); 12] = [
    // Types of columns. STRICT tables know five words only; text compares by bytes on both.
    ("int", "INTEGER", "BIGINT"),
    ("real", "REAL", "DOUBLE PRECISION"),
    ("text", "TEXT", "TEXT COLLATE \"C\""),
    ("blob", "BLOB", "BYTEA"),
    ("strict", "STRICT", ""),
    // `{{greatest}}(a, b)` and `{{least}}(a, b)` of plain values; none of them may be null.
    ("greatest", "max", "greatest"),
    ("least", "min", "least"),
    // Ends a select of rows to be taken. SQLite has one writer, so nobody else can hold them.
    ("skip_locked", "", "FOR UPDATE SKIP LOCKED"),
    // `x IN ({{each}} $1)`: the texts of a JSON array of strings.
    (
        "each",
        "SELECT value FROM json_each",
        "SELECT value FROM json_array_elements_text",
    ),
    // `payload{{json}} ->> 'name'`: a field of JSON that is kept as text.
    ("json", "", "::json"),
    // The server's check of a root's reference to itself locks the row and the end of the primary key, so that every
    // two comments posted at the same time are a conflict. Roots are never deleted.
    (
        "comment_root_unchecked",
        "",
        "ALTER TABLE comment DROP CONSTRAINT comment_root_id_fkey;",
    ),
    // Triggers have no common form.
    (
        "audit_append_only",
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
         BEGIN SELECT RAISE(ABORT, 'rows of audit are only added'); END;
         CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
         BEGIN SELECT RAISE(ABORT, 'rows of audit are only added'); END;",
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             RAISE EXCEPTION 'rows of audit are only added' USING ERRCODE = 'restrict_violation';
         END $$;
         CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
         FOR EACH ROW EXECUTE FUNCTION audit_append_only();",
    ),
];

/// `sql` with its words replaced and, for SQLite, `$1` as `?1`: there `$1` is a name that is
/// numbered by its first appearance. Quoted text and comments are left as they are.
///
/// A word that is not in the table stays and fails when the statement is prepared.
pub fn spell(sql: &str, dialect: Dialect) -> String {
    let mut spelt = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"', '-', '$', '{']) {
        let (before, tail) = rest.split_at(at);
        spelt.push_str(before);
        let kept = quoted_length(tail);
        if kept > 0 {
            spelt.push_str(&tail[..kept]);
            rest = &tail[kept..];
        } else if let Some((word, after)) =
            tail.strip_prefix("{{").and_then(|it| it.split_once("}}"))
        {
            spelt.push_str(word_in(word, dialect).unwrap_or(word));
            rest = after;
        } else {
            let sqlite_number = dialect == Dialect::Sqlite
                && tail.starts_with('$')
                && tail[1..].starts_with(|it: char| it.is_ascii_digit());
            spelt.push_str(if sqlite_number { "?" } else { &tail[..1] });
            rest = &tail[1..];
        }
    }
    spelt.push_str(rest);
    spelt
}

/// Bytes of the quoted text or comment at the start of `text`; 0 when there is none.
fn quoted_length(text: &str) -> usize {
    let end_of = |close: char| text[1..].find(close).map_or(text.len(), |at| at + 2);
    match text.as_bytes() {
        [b'\'', ..] => end_of('\''),
        [b'"', ..] => end_of('"'),
        [b'-', b'-', ..] => text.find('\n').unwrap_or(text.len()),
        _ => 0,
    }
}

fn word_in(word: &str, dialect: Dialect) -> Option<&'static str> {
    let (_, sqlite, postgres) = WORDS.iter().find(|(name, ..)| *name == word)?;
    Some(match dialect {
        Dialect::Sqlite => sqlite,
        Dialect::Postgres => postgres,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_spelt_for_each_engine() {
        for (sql, sqlite, postgres) in [
            (
                "a = $2 AND b = $1",
                "a = ?2 AND b = ?1",
                "a = $2 AND b = $1",
            ),
            (
                "'$1 it''s {{int}}', $1",
                "'$1 it''s {{int}}', ?1",
                "'$1 it''s {{int}}', $1",
            ),
            (
                "x {{int}} -- $1's {{int}}\n, $10",
                "x INTEGER -- $1's {{int}}\n, ?10",
                "x BIGINT -- $1's {{int}}\n, $10",
            ),
            (
                "a - 1 - \"$1\" {{nope}}",
                "a - 1 - \"$1\" nope",
                "a - 1 - \"$1\" nope",
            ),
            (
                "x IN ({{each}}($1))",
                "x IN (SELECT value FROM json_each(?1))",
                "x IN (SELECT value FROM json_array_elements_text($1))",
            ),
            ("'open", "'open", "'open"),
        ] {
            assert_eq!(spell(sql, Dialect::Sqlite), sqlite);
            assert_eq!(spell(sql, Dialect::Postgres), postgres);
        }
    }
}
