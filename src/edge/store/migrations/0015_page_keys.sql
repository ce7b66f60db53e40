-- From here on, columns `page_id` hold the key of a page: the first id under which it was known. Ids of today are keys as
-- they are. A row says that from it on the page with a key is called so; rows are only added.
CREATE TABLE page_name (
    number {{int}} PRIMARY KEY,
    name {{text}} NOT NULL,
    page_key {{text}} NOT NULL
) {{strict}};

-- Which rows of `page_name` are true of a release: those up to a number. The release is told by its manifest.
CREATE TABLE page_release (
    place {{int}} PRIMARY KEY,
    fingerprint {{text}} NOT NULL,
    number {{int}} NOT NULL
) {{strict}};
CREATE UNIQUE INDEX page_release_fingerprint ON page_release (fingerprint);

-- Two pages that became one, from a number on: rows of the first key belong to the second.
CREATE TABLE page_merge (
    from_key {{text}} NOT NULL,
    into_key {{text}} NOT NULL,
    number {{int}} NOT NULL,
    PRIMARY KEY (number, from_key)
) {{strict}};
