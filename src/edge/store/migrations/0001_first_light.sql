-- Members, what they may read, what they said and did, and what the edge has to remember.
--
-- Ids are UUIDs as text, in the order of their making. Columns named _at and _until are moments in
-- milliseconds; days count from 1970-01-01 (UTC); truth is 0 or 1. Pages are no rows: the open
-- release knows them. A unique index bears the name of its table and its columns, joined by _.

CREATE TABLE member (
    id {{text}} PRIMARY KEY,
    handle {{text}} NOT NULL,                -- as the member writes it
    handle_key {{text}} NOT NULL,            -- folded, so that two that look alike are one
    email {{text}},                          -- as the member writes it; null once erased
    email_key {{text}},                      -- lower-cased and normalised; null once erased
    name {{text}} NOT NULL,
    bio {{text}} NOT NULL DEFAULT '',
    password_hash {{text}},                  -- PHC string; null while there is only the magic link
    password_at {{int}},
    role {{text}} NOT NULL CHECK (role IN ('member', 'author', 'moderator', 'editor', 'owner')),
    trust_level {{int}} NOT NULL DEFAULT 0 CHECK (trust_level BETWEEN 0 AND 4),
    newsletter {{int}} NOT NULL DEFAULT 0 CHECK (newsletter IN (0, 1)),
    language {{text}},
    created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL,
    verified_at {{int}},
    suspended_at {{int}},
    suspended_for {{text}},
    erased_at {{int}}
) {{strict}};
CREATE UNIQUE INDEX member_handle_key ON member (handle_key);
-- An address has one member who proved it and at most one who only claims it: so joining looks the
-- same whether the address is known or not, and a claim takes nothing from its owner.
CREATE UNIQUE INDEX member_email_key ON member (email_key) WHERE verified_at IS NOT NULL;
CREATE UNIQUE INDEX member_email_key_claimed ON member (email_key) WHERE verified_at IS NULL;
CREATE INDEX member_by_age ON member (created_at, id);

-- The cookie holds the token, this its SHA-256. The id is what a member sees and revokes.
CREATE TABLE session (
    id {{text}} PRIMARY KEY,
    token_hash {{blob}} NOT NULL,
    member_id {{text}} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    kind {{text}} NOT NULL CHECK (kind IN ('member', 'staff')),
    created_at {{int}} NOT NULL,
    last_seen_at {{int}} NOT NULL,
    expires_at {{int}} NOT NULL,
    user_agent {{text}} NOT NULL DEFAULT ''  -- at most 200 characters
) {{strict}};
CREATE UNIQUE INDEX session_token_hash ON session (token_hash);
CREATE INDEX session_of_member ON session (member_id, last_seen_at);
CREATE INDEX session_expired ON session (expires_at);

-- Single-use tokens that travel by mail: each is good for its purpose alone.
CREATE TABLE token (
    token_hash {{blob}} PRIMARY KEY,
    purpose {{text}} NOT NULL,               -- verify, sign_in, reset, email_change
    member_id {{text}} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    email {{text}},                          -- the new address of an email_change, the proven one of a verify
    created_at {{int}} NOT NULL,
    expires_at {{int}} NOT NULL,
    used_at {{int}}
) {{strict}};
CREATE INDEX token_of_member ON token (member_id, purpose, created_at);
CREATE INDEX token_expired ON token (expires_at);

-- What was counted against a limit that has to outlive a restart: mails to an address, failed
-- sign-ins of an account. `subject` is a keyed hash, never an address.
CREATE TABLE attempt (
    id {{text}} PRIMARY KEY,
    kind {{text}} NOT NULL,
    subject {{text}} NOT NULL,
    at {{int}} NOT NULL
) {{strict}};
CREATE INDEX attempt_on_subject ON attempt (kind, subject, at);
CREATE INDEX attempt_by_age ON attempt (at);

-- A tier for a member until a time. Rows are ended, not deleted, so that the past can be told.
CREATE TABLE entitlement (
    id {{text}} PRIMARY KEY,
    member_id {{text}} NOT NULL REFERENCES member (id),
    tier_id {{text}} NOT NULL,
    source {{text}} NOT NULL CHECK (source IN ('payment', 'code', 'gift', 'grant', 'trial')),
    starts_at {{int}} NOT NULL,
    valid_until {{int}},                     -- null: for ever
    granted_by {{text}} REFERENCES member (id),
    created_at {{int}} NOT NULL,
    revoked_at {{int}}
) {{strict}};
CREATE INDEX entitlement_of_member ON entitlement (member_id, valid_until);
CREATE INDEX entitlement_ending ON entitlement (valid_until);

-- A thread is a root and all rows with its root_id; a root's root_id is its own id.
CREATE TABLE comment (
    id {{text}} PRIMARY KEY,
    page_id {{text}} NOT NULL,
    root_id {{text}} NOT NULL REFERENCES comment (id),
    parent_id {{text}} REFERENCES comment (id),
    depth {{int}} NOT NULL,                  -- 0 for a root
    member_id {{text}} NOT NULL REFERENCES member (id),
    kind {{text}} NOT NULL,                  -- comment, question
    state {{text}} NOT NULL CHECK (state IN ('shown', 'held', 'removed', 'deleted')),
    body {{text}} NOT NULL,                  -- Markdown; empty once deleted
    html {{text}} NOT NULL,                  -- cleaned; empty once deleted
    n_chars {{int}} NOT NULL,                -- of its plain text, for the scores
    n_likes {{int}} NOT NULL DEFAULT 0,
    n_replies {{int}} NOT NULL DEFAULT 0,    -- shown rows with this parent
    best {{real}} NOT NULL DEFAULT 0,        -- order of "best": greater comes first
    posted_at {{int}} NOT NULL,
    edited_at {{int}},
    deleted_at {{int}},
    accepted_id {{text}} REFERENCES comment (id), -- a question's accepted answer
    accepted_at {{int}}
) {{strict}};
CREATE INDEX comment_on_page ON comment (page_id, posted_at, id);
CREATE INDEX comment_root_by_time ON comment (page_id, posted_at, id) WHERE parent_id IS NULL;
CREATE INDEX comment_root_by_best ON comment (page_id, best, id) WHERE parent_id IS NULL;
CREATE INDEX comment_in_thread ON comment (root_id, posted_at, id);
CREATE INDEX comment_under_parent ON comment (parent_id);
CREATE INDEX comment_by_member ON comment (member_id, posted_at, id);
CREATE INDEX comment_in_state ON comment (state, posted_at, id);

-- A member likes a page or a comment once. Taking it back deletes the row.
CREATE TABLE page_like (
    page_id {{text}} NOT NULL,
    member_id {{text}} NOT NULL REFERENCES member (id),
    at {{int}} NOT NULL,
    PRIMARY KEY (page_id, member_id)
) {{strict}};
CREATE INDEX page_like_lately ON page_like (page_id, at);
CREATE INDEX page_like_by_member ON page_like (member_id, at);

CREATE TABLE comment_like (
    comment_id {{text}} NOT NULL REFERENCES comment (id),
    member_id {{text}} NOT NULL REFERENCES member (id),
    at {{int}} NOT NULL,
    PRIMARY KEY (comment_id, member_id)
) {{strict}};
CREATE INDEX comment_like_by_member ON comment_like (member_id, at);

CREATE TABLE page_save (
    page_id {{text}} NOT NULL,
    member_id {{text}} NOT NULL REFERENCES member (id),
    at {{int}} NOT NULL,
    PRIMARY KEY (page_id, member_id)
) {{strict}};
CREATE INDEX page_save_lately ON page_save (page_id, at);
CREATE INDEX page_save_by_member ON page_save (member_id, at);

-- "This solved it": 1 yes, 0 no. The last word of a member counts.
CREATE TABLE page_rating (
    page_id {{text}} NOT NULL,
    member_id {{text}} NOT NULL REFERENCES member (id),
    helpful {{int}} NOT NULL CHECK (helpful IN (0, 1)),
    at {{int}} NOT NULL,
    PRIMARY KEY (page_id, member_id)
) {{strict}};
CREATE INDEX page_rating_by_member ON page_rating (member_id, at);

-- Reading beacons of a reader on a page on a day, rolled into one row, so that it stays bounded.
-- `reader` is a member's id, or for a visitor a hash with the day's salt, which is thrown away.
CREATE TABLE reading (
    page_id {{text}} NOT NULL,
    day {{int}} NOT NULL,
    reader {{text}} NOT NULL,
    member_id {{text}} REFERENCES member (id),
    n_views {{int}} NOT NULL DEFAULT 0,
    progress {{real}} NOT NULL DEFAULT 0,    -- deepest share of the page seen, 0 to 1
    dwell_secs {{real}} NOT NULL DEFAULT 0,
    n_shares {{int}} NOT NULL DEFAULT 0,
    is_read {{int}} NOT NULL DEFAULT 0 CHECK (is_read IN (0, 1)),
    first_at {{int}} NOT NULL,
    last_at {{int}} NOT NULL,
    PRIMARY KEY (page_id, day, reader)
) {{strict}};
CREATE INDEX reading_by_member ON reading (member_id, last_at);
CREATE INDEX reading_by_day ON reading (day);

-- A member's first share of a page, which counts once for good.
CREATE TABLE page_share (
    page_id {{text}} NOT NULL,
    member_id {{text}} NOT NULL REFERENCES member (id),
    at {{int}} NOT NULL,
    PRIMARY KEY (page_id, member_id)
) {{strict}};
CREATE INDEX page_share_lately ON page_share (page_id, at);
CREATE INDEX page_share_by_member ON page_share (member_id, at);

-- Scores as they were last computed, whole, and an editor's own, which replace them unchanged.
CREATE TABLE page_score (
    page_id {{text}} NOT NULL,
    kind {{text}} NOT NULL,                  -- content, expertise, practicality, readability, participation, interaction_quality, interaction, hot
    computed {{real}},
    parts {{text}} NOT NULL DEFAULT '{}',    -- JSON
    computed_at {{int}},
    override {{real}} CHECK (override BETWEEN 0 AND 10),
    override_by {{text}} REFERENCES member (id),
    override_at {{int}},
    override_note {{text}},
    PRIMARY KEY (page_id, kind)
) {{strict}};
CREATE INDEX page_score_order ON page_score (kind, computed, page_id);

-- The first answer to an unsafe request, so that its repetition gets the same.
CREATE TABLE idempotency (
    owner {{text}} NOT NULL,                 -- member id or a hash of the caller; keys of two never meet
    idempotency_key {{text}} NOT NULL,
    request_hash {{blob}} NOT NULL,          -- of method, path and body
    status {{int}} NOT NULL,
    body {{text}} NOT NULL,
    created_at {{int}} NOT NULL,
    PRIMARY KEY (owner, idempotency_key)
) {{strict}};
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- Who did what to whom. Rows are only added: a trigger holds every program to that.
CREATE TABLE audit (
    id {{text}} PRIMARY KEY,
    at {{int}} NOT NULL,
    actor_id {{text}},                       -- null: the command line or the edge itself
    action {{text}} NOT NULL,                -- such as `member.suspend`
    subject {{text}} NOT NULL,               -- such as a member's or a comment's id
    detail {{text}} NOT NULL DEFAULT '{}'    -- JSON without secrets and addresses
) {{strict}};
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_on_subject ON audit (subject, at);
{{audit_append_only}}

-- Durable work: taken with a lease, so that a crash only delays it and two edges share it.
CREATE TABLE job (
    id {{text}} PRIMARY KEY,
    kind {{text}} NOT NULL,
    unique_key {{text}},                     -- at most one waiting or running job has this key
    payload {{text}} NOT NULL,               -- JSON
    state {{text}} NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    n_attempts {{int}} NOT NULL DEFAULT 0,
    run_at {{int}} NOT NULL,                 -- not before; while leased, when the lease ends
    leased_by {{text}},
    last_error {{text}},
    created_at {{int}} NOT NULL,
    ended_at {{int}}
) {{strict}};
CREATE INDEX job_waiting ON job (state, run_at, id);
CREATE UNIQUE INDEX job_unique_key ON job (unique_key);
CREATE INDEX job_ended ON job (ended_at);

-- Small values that the edge keeps for itself, such as the key that hashes addresses.
CREATE TABLE setting (
    name {{text}} PRIMARY KEY,
    value {{text}} NOT NULL,
    updated_at {{int}} NOT NULL
) {{strict}};
