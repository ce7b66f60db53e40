-- Where pages were, as the build writes addresses: a row for each page and address. That with the highest `place` of an
-- address is the page that had it last, that of a page the last address it had. `audience` is who could read its
-- conversation then: the accesses that were all asked for, or nothing where everybody could.
CREATE TABLE page_address (
    address {{text}} NOT NULL,
    page_key {{text}} NOT NULL,
    audience {{text}} NOT NULL,
    place {{int}} NOT NULL,
    PRIMARY KEY (address, page_key)
) {{strict}};
