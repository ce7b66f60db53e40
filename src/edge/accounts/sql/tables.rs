//! The tables of accounts: what an export and an erasure do with them. The row of the member itself is emptied by
//! [`erase_now`](super::leave::erase_now).

use crate::edge::tables::Kind::{Number, Text, Time, Truth};
use crate::edge::tables::{Batch, Export, MemberColumn, Shown, Table};

/// In the order in which their rows are deleted.
pub const TABLES: &[Table] = &[
    MEMBER,
    SESSION,
    CLAIM,
    TOKEN,
    MEMBER_AUTHOR,
    ENTITLEMENT,
    Table::new("handle_rest"),
    Table::new("member_count"),
];

const MEMBER: Table = Table {
    members: &[MemberColumn::kept(
        "id",
        "comments lead to the row, which holds nothing of the member any more",
    )],
    export: Export::Account(Shown {
        select: "SELECT id, handle, email, name, bio, role, trust_level, is_added, newsletter, language, created_at, updated_at,
                        verified_at, password_at, suspended_at, suspended_for, wanted_email, wanted_until
                 FROM member WHERE id = $1 AND erased_at IS NULL",
        columns: &[
            ("id", Text),
            ("handle", Text),
            ("email", Text),
            ("name", Text),
            ("bio", Text),
            ("role", Text),
            ("trust_level", Number),
            ("is_added", Truth),
            ("newsletter", Truth),
            ("language", Text),
            ("created_at", Time),
            ("updated_at", Time),
            ("verified_at", Time),
            ("password_at", Time),
            ("suspended_at", Time),
            ("suspended_for", Text),
            ("wanted_email", Text),
            ("wanted_until", Time),
        ],
        hidden: &[
            "handle_key",
            "skeleton",
            "email_key",
            "password_hash",
            "erased_at",
        ],
    }),
    ..Table::new("member")
};

const SESSION: Table = Table {
    members: &[MemberColumn::deleted("member_id")],
    export: Export::Rows(Shown {
        select: "SELECT id, created_at, last_seen_at, expires_at, user_agent FROM session WHERE member_id = $1 ORDER BY created_at, id",
        columns: &[
            ("id", Text),
            ("created_at", Time),
            ("last_seen_at", Time),
            ("expires_at", Time),
            ("user_agent", Text),
        ],
        hidden: &["token_hash", "kind"],
    }),
    erase: &["DELETE FROM session WHERE member_id = $1"],
    ..Table::new("session")
};

/// Others may have joined with the member's address; what they typed in is the member's to have erased.
const CLAIM: Table = Table {
    members: &[MemberColumn::deleted("member_id")],
    export: Export::Rows(Shown {
        select: "SELECT id, email, handle, name, newsletter, language, created_at, expires_at FROM claim WHERE member_id = $1 ORDER BY created_at, id",
        columns: &[
            ("id", Text),
            ("email", Text),
            ("handle", Text),
            ("name", Text),
            ("newsletter", Truth),
            ("language", Text),
            ("created_at", Time),
            ("expires_at", Time),
        ],
        hidden: &["handle_key", "password_hash", "browser_hash"],
    }),
    erase: &[
        "DELETE FROM job WHERE subject IN (
             SELECT id FROM claim WHERE email = (SELECT email_key FROM member WHERE id = $1))",
        "DELETE FROM claim WHERE email = (SELECT email_key FROM member WHERE id = $1)",
        "DELETE FROM claim WHERE member_id = $1",
    ],
    ..Table::new("claim")
};

const TOKEN: Table = Table {
    members: &[MemberColumn::deleted("member_id")],
    export: Export::Rows(Shown {
        // There is none for a new address that is another member's, so it would tell whose addresses are members'. What
        // was asked for is in the row of the member.
        select: "SELECT purpose, email, created_at, expires_at FROM token WHERE member_id = $1 AND purpose <> 'email_change' ORDER BY created_at, token_hash",
        columns: &[
            ("purpose", Text),
            ("email", Text),
            ("created_at", Time),
            ("expires_at", Time),
        ],
        hidden: &["token_hash", "claim_id"],
    }),
    erase: &["DELETE FROM token WHERE member_id = $1"],
    ..Table::new("token")
};

const MEMBER_AUTHOR: Table = Table {
    members: &[MemberColumn::deleted("member_id").keeping_account()],
    export: Export::Rows(Shown {
        select: "SELECT author, linked_at FROM member_author WHERE member_id = $1 ORDER BY author",
        columns: &[("author", Text), ("linked_at", Time)],
        hidden: &["author_key"],
    }),
    erase: &["DELETE FROM member_author WHERE member_id = $1"],
    ..Table::new("member_author")
};

const ENTITLEMENT: Table = Table {
    members: &[
        MemberColumn::deleted("member_id").keeping_account(),
        MemberColumn::cleared("granted_by").keeping_account(),
    ],
    export: Export::Rows(Shown {
        select: "SELECT tier_id, source, starts_at, valid_until, created_at, revoked_at, tells_end FROM entitlement WHERE member_id = $1 ORDER BY created_at, id",
        columns: &[
            ("tier_id", Text),
            ("source", Text),
            ("starts_at", Time),
            ("valid_until", Time),
            ("created_at", Time),
            ("revoked_at", Time),
            ("tells_end", Truth),
        ],
        hidden: &["id"],
    }),
    erase: &["DELETE FROM entitlement WHERE member_id = $1"],
    erase_later: &[Batch {
        keys: "SELECT id AS found_by FROM entitlement WHERE granted_by = $1 LIMIT $2",
        erase: &[
            "UPDATE entitlement SET granted_by = NULL WHERE granted_by = $1 AND id IN ({{each}}($2))",
        ],
    }],
    ..Table::new("entitlement")
};
