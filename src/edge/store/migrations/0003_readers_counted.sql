-- How many readers a page has, kept with each reading: counting its rows takes longer with every day of a page's life.

CREATE TABLE page_readers (
    page_id {{text}} PRIMARY KEY,
    n_viewers {{int}} NOT NULL,              -- opened it; a member counts once, a visitor once a day
    n_readers {{int}} NOT NULL               -- of these, read it
) {{strict}};
INSERT INTO page_readers (page_id, n_viewers, n_readers)
SELECT page_id, COUNT(DISTINCT reader), COUNT(DISTINCT CASE WHEN is_read = 1 THEN reader END)
FROM reading GROUP BY page_id;

-- Whether a member was there on another day.
CREATE INDEX reading_of_member ON reading (page_id, member_id, day) WHERE member_id IS NOT NULL;

-- Visitors of long ago are found by their day alone, not among all visitors.
DROP INDEX reading_by_member;
CREATE INDEX reading_by_member ON reading (member_id, last_at) WHERE member_id IS NOT NULL;
DROP INDEX reading_by_day;
CREATE INDEX reading_of_visitors ON reading (day, page_id, is_read) WHERE member_id IS NULL;
