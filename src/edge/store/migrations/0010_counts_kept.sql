-- Counts that are shown with every answer, kept in the transactions that change what they count.

CREATE TABLE page_count (
    page_id {{text}} PRIMARY KEY,
    n_likes {{int}} NOT NULL DEFAULT 0,
    n_saves {{int}} NOT NULL DEFAULT 0,
    n_helpful {{int}} NOT NULL DEFAULT 0,    -- members who say that it solved their problem
    n_rated {{int}} NOT NULL DEFAULT 0       -- members who say yes or no
) {{strict}};
INSERT INTO page_count (page_id, n_likes, n_saves, n_helpful, n_rated)
SELECT page_id, SUM(n_likes), SUM(n_saves), SUM(n_helpful), SUM(n_rated) FROM (
    SELECT page_id, COUNT(*) AS n_likes, 0 AS n_saves, 0 AS n_helpful, 0 AS n_rated FROM page_like GROUP BY page_id
    UNION ALL
    SELECT page_id, 0, COUNT(*), 0, 0 FROM page_save GROUP BY page_id
    UNION ALL
    SELECT page_id, 0, 0, SUM(helpful), COUNT(*) FROM page_rating GROUP BY page_id
) counted GROUP BY page_id;

-- Members who are neither erased nor suspended.
CREATE TABLE member_count (
    is_verified {{int}} PRIMARY KEY,         -- whether their address is proven
    n {{int}} NOT NULL
) {{strict}};
INSERT INTO member_count (is_verified, n)
SELECT CASE WHEN verified_at IS NULL THEN 0 ELSE 1 END, COUNT(*) FROM member
WHERE erased_at IS NULL AND suspended_at IS NULL GROUP BY CASE WHEN verified_at IS NULL THEN 0 ELSE 1 END;
DROP INDEX member_counted;
