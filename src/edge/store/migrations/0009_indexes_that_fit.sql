-- Indexes for questions that went through a whole table, and fewer for each comment that is posted.

-- Members of the staff are few.
CREATE INDEX member_of_staff ON member (role) WHERE role <> 'member';
DROP INDEX member_without_proof;
CREATE INDEX member_without_proof ON member (email_key, is_added DESC, created_at, id) WHERE verified_at IS NULL;
-- Accounts that are deleted after a month without a proof.
CREATE INDEX member_unproven_by_age ON member (created_at, id)
    WHERE verified_at IS NULL AND erased_at IS NULL AND role = 'member';

-- What refers to a member is looked for when the member goes.
CREATE INDEX entitlement_by_giver ON entitlement (granted_by) WHERE granted_by IS NOT NULL;
CREATE INDEX page_score_by_editor ON page_score (override_by) WHERE override_by IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor_id, at, id) WHERE actor_id IS NOT NULL;
DROP INDEX audit_on_subject;
CREATE INDEX audit_on_subject ON audit (subject, at, id);

-- The state is in the index, so that comments are counted without being read.
DROP INDEX comment_on_page;
CREATE INDEX comment_on_page ON comment (page_id, state, posted_at, id);
-- A root is in no list of replies.
DROP INDEX comment_in_thread;
CREATE INDEX comment_in_thread ON comment (root_id, posted_at, id) WHERE parent_id IS NOT NULL;
DROP INDEX comment_under_parent;
CREATE INDEX comment_under_parent ON comment (parent_id) WHERE parent_id IS NOT NULL;
{{comment_root_unchecked}}

-- A list goes by its last column as well.
DROP INDEX page_save_by_member;
CREATE INDEX page_save_by_member ON page_save (member_id, at, page_id);

-- Nothing is looked for by these.
DROP INDEX entitlement_ending;
DROP INDEX page_score_order;
DROP INDEX audit_by_time;
