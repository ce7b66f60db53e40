-- A join is a claim until a letter that was sent to its address is opened.

CREATE TABLE claim (
    id {{text}} PRIMARY KEY,                 -- that of the account which is made of it
    email {{text}} NOT NULL,                 -- lower-cased
    member_id {{text}} REFERENCES member (id) ON DELETE CASCADE, -- the account, where the site asks for no proof
    handle {{text}} NOT NULL,                -- as it was asked for; not reserved
    handle_key {{text}} NOT NULL,
    name {{text}} NOT NULL,
    password_hash {{text}},                  -- PHC string
    newsletter {{int}} NOT NULL CHECK (newsletter IN (0, 1)),
    language {{text}},
    browser_hash {{blob}} NOT NULL,          -- SHA-256 of the cookie of the browser that joined
    created_at {{int}} NOT NULL,
    expires_at {{int}} NOT NULL
) {{strict}};
CREATE INDEX claim_of_email ON claim (email, created_at, id);
CREATE INDEX claim_of_handle ON claim (handle_key, created_at, id);
CREATE INDEX claim_of_member ON claim (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX claim_expired ON claim (expires_at);

-- A token is a member's or a claim's.
ALTER TABLE token RENAME TO token_before;
CREATE TABLE token (
    token_hash {{blob}} PRIMARY KEY,
    purpose {{text}} NOT NULL,               -- verify, sign_in, setup, reset, email_change
    member_id {{text}} REFERENCES member (id) ON DELETE CASCADE,
    claim_id {{text}} REFERENCES claim (id) ON DELETE CASCADE,
    email {{text}} NOT NULL,                 -- the address that its use proves
    created_at {{int}} NOT NULL,
    expires_at {{int}} NOT NULL
) {{strict}};
INSERT INTO token (token_hash, purpose, member_id, email, created_at, expires_at)
SELECT token_hash, purpose, member_id, email, created_at, expires_at FROM token_before WHERE email IS NOT NULL;
DROP TABLE token_before;
CREATE INDEX token_of_member ON token (member_id, purpose) WHERE member_id IS NOT NULL;
CREATE INDEX token_of_claim ON token (claim_id, purpose) WHERE claim_id IS NOT NULL;
CREATE INDEX token_expired ON token (expires_at);

-- Any number of members may have an address that nobody has proven.
DROP INDEX member_email_key_claimed;
CREATE INDEX member_without_proof ON member (email_key, created_at, id) WHERE verified_at IS NULL;

-- Whether the site's owner made the member, and so says whose address it is.
ALTER TABLE member ADD COLUMN is_added {{int}} NOT NULL DEFAULT 0 CHECK (is_added IN (0, 1));
UPDATE member SET is_added = 1 WHERE verified_at IS NULL AND EXISTS (
    SELECT 1 FROM audit WHERE subject = member.id AND action = 'member.join' AND actor_id IS NULL
);
