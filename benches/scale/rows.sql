-- Rows of a site that has been used for a year, for `scale.py`: :members, :comments and :readings of them, up to :now.
-- `pad(x)` is a number of twelve digits and `numbers(n)` a query of 0 to n - 1; the script spells them for each engine.
-- A tenth of the comments is on the page `loud`, and a twentieth in its first thread; nothing is on `silent`.

INSERT INTO member (id, handle, handle_key, skeleton, email, email_key, name, role, created_at, updated_at, verified_at)
SELECT '01900000-0000-7000-8000-' || pad(i), 'member' || i, 'member' || i, 'member' || i, 'm' || i || '@example.org', 'm' || i || '@example.org',
       'Member ' || i, CASE WHEN i < 3 THEN 'moderator' ELSE 'member' END, :now - 31536000000 + i * (28000000000 / :members), :now,
       CASE WHEN i < :members * 95 / 100 THEN :now - 1000 END
FROM numbers(:members);
-- Those without a proof have done nothing.
INSERT INTO member_count (is_verified, n) SELECT CASE WHEN verified_at IS NULL THEN 0 ELSE 1 END, COUNT(*) FROM member
GROUP BY CASE WHEN verified_at IS NULL THEN 0 ELSE 1 END;
INSERT INTO entitlement (id, member_id, tier_id, source, starts_at, granted_by, created_at)
SELECT '01920000-0000-7000-8000-' || pad(i), '01900000-0000-7000-8000-' || pad(i * 9), 'pro', 'grant', 0, '01900000-0000-7000-8000-000000000000', :now
FROM numbers(:members / 10);

INSERT INTO comment (id, page_id, root_id, parent_id, depth, member_id, kind, state, body, html, n_chars, n_likes, n_replies, best, posted_at)
SELECT '01910000-0000-7000-8000-' || pad(i),
       CASE WHEN i / 4 % 10 = 0 THEN 'loud' ELSE 'p' || (i / 4 % 97) END,
       CASE WHEN i % 4 = 0 THEN '01910000-0000-7000-8000-' || pad(i)
            WHEN i / 4 % 20 = 0 THEN '01910000-0000-7000-8000-000000000000'
            ELSE '01910000-0000-7000-8000-' || pad(i - i % 4) END,
       CASE WHEN i % 4 = 0 THEN NULL
            WHEN i / 4 % 20 = 0 THEN '01910000-0000-7000-8000-000000000000'
            ELSE '01910000-0000-7000-8000-' || pad(i - i % 4) END,
       CASE WHEN i % 4 = 0 THEN 0 ELSE 1 END,
       '01900000-0000-7000-8000-' || pad(i * 7919 % (:members * 95 / 100)),
       'comment', 'shown',
       'Comment ' || i || ' says something about the matter at hand, and the matter was ' || i * 31 % 1009 || ' words of prose about a thing that works.',
       '<p>Comment ' || i || ' says something about the matter at hand, and the matter was ' || i * 31 % 1009 || ' words of prose about a thing that works.</p>',
       120, 1 - i % 2,
       CASE WHEN i = 0 THEN :comments * 3 / 80 WHEN i % 4 = 0 AND i / 4 % 20 <> 0 THEN 3 ELSE 0 END,
       (i * 7919 % 100003) / 100003.0, :now - 31536000000 + i * (31536000000 / :comments)
FROM numbers(:comments);
INSERT INTO comment_like (comment_id, member_id, at)
SELECT '01910000-0000-7000-8000-' || pad(i * 2), '01900000-0000-7000-8000-' || pad(i * 13 % (:members * 95 / 100)), :now - i
FROM numbers(:comments / 2);

INSERT INTO page_like (page_id, member_id, at)
SELECT CASE WHEN i % 3 = 0 THEN 'loud' ELSE 'p' || i % 97 END, '01900000-0000-7000-8000-' || pad(i), :now - i * (31536000000 / :members)
FROM numbers(:members * 95 / 100);
INSERT INTO page_save (page_id, member_id, at) SELECT page_id, member_id, at FROM page_like;
INSERT INTO page_rating (page_id, member_id, helpful, at) SELECT page_id, member_id, 1, at FROM page_like;
INSERT INTO page_count (page_id, n_likes, n_saves, n_helpful, n_rated)
SELECT page_id, COUNT(*), COUNT(*), COUNT(*), COUNT(*) FROM page_like GROUP BY page_id;

INSERT INTO reading (page_id, day, reader, member_id, n_views, progress, dwell_secs, n_shares, is_read, first_at, last_at)
SELECT CASE WHEN i % 10 = 0 THEN 'loud' ELSE 'p' || i % 97 END, :now / 86400000 - 360 + i * 360 / :readings,
       CASE WHEN i % 2 = 0 THEN 'v' || pad(i) ELSE '01900000-0000-7000-8000-' || pad(i * 31 % (:members * 95 / 100)) END,
       CASE WHEN i % 2 = 0 THEN NULL ELSE '01900000-0000-7000-8000-' || pad(i * 31 % (:members * 95 / 100)) END,
       1, 1.0, 60.0, 0, 1, :now - 31104000000 + i * (31104000000 / :readings), :now - 31104000000 + i * (31104000000 / :readings)
FROM numbers(:readings) WHERE true ON CONFLICT DO NOTHING;
INSERT INTO page_readers (page_id, n_viewers, n_readers)
SELECT page_id, COUNT(DISTINCT reader), COUNT(DISTINCT reader) FROM reading GROUP BY page_id;

INSERT INTO audit (id, at, actor_id, action, subject)
SELECT '01930000-0000-7000-8000-' || pad(i), :now - 31536000000 + i, '01900000-0000-7000-8000-' || pad(i % :members), 'session.open',
       '01900000-0000-7000-8000-' || pad(i % :members)
FROM numbers(:members * 5);

-- What the hourly tidying deletes: accounts of long ago without a proof are above.
INSERT INTO idempotency (owner, idempotency_key, request_hash, status, body, created_at)
SELECT '01900000-0000-7000-8000-' || pad(i % 100), 'key' || i, token_hash, 200, '', :now - 100000000 FROM numbers(5000), (SELECT token_hash FROM session LIMIT 1) s;
INSERT INTO job (id, kind, payload, state, run_at, created_at, ended_at)
SELECT '01940000-0000-7000-8000-' || pad(i), 'mail', '{}', 'done', 0, 0, :now - 800000000 + i FROM numbers(8600);
INSERT INTO reading (page_id, day, reader, n_views, is_read, first_at, last_at)
SELECT 'p' || i % 97, :now / 86400000 - 400, 'v' || pad(i), 1, 1, 0, 0 FROM numbers(6000);
