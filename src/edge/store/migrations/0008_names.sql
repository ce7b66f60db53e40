-- The skeleton of a handle after UTS 39, which no two handles share. The program fills it; it stays empty where an older
-- member has the same, and for erased members.
ALTER TABLE member ADD COLUMN skeleton {{text}};
CREATE UNIQUE INDEX member_skeleton ON member (skeleton);

-- Which authors of pages a member is: as the site's owner says, or because the member was shown under that name.
CREATE TABLE member_author (
    member_id {{text}} NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    author {{text}} NOT NULL,                -- as front matter has it
    author_key {{text}} NOT NULL,            -- what a hasty eye sees of it
    linked_at {{int}} NOT NULL,
    PRIMARY KEY (member_id, author_key)
) {{strict}};
CREATE INDEX member_author_by_name ON member_author (author_key, member_id);

-- Handles of erased members, which nobody takes before this moment, as keyed hashes of what they are unique by.
CREATE TABLE handle_rest (
    hash {{text}} PRIMARY KEY,
    until {{int}} NOT NULL
) {{strict}};
CREATE INDEX handle_rest_ended ON handle_rest (until);
