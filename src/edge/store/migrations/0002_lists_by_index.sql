-- Indexes by which a page of a list is read without looking at the rest of it.
--
-- Nearly all comments are shown, so an index that begins with their state finds nothing; what waits for a
-- moderator is few. A list by `best` goes down by it and up by the id, and so does its index.

DROP INDEX comment_in_state;
CREATE INDEX comment_held ON comment (posted_at, id) WHERE state = 'held';

DROP INDEX comment_root_by_best;
CREATE INDEX comment_root_by_best ON comment (page_id, best DESC, id) WHERE parent_id IS NULL;
CREATE INDEX comment_in_thread_by_best ON comment (root_id, best DESC, id) WHERE parent_id IS NOT NULL;

-- The members that scores are a share of.
CREATE INDEX member_counted ON member (verified_at, erased_at, suspended_at)
    WHERE erased_at IS NULL AND suspended_at IS NULL;
