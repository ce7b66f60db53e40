-- By which version of the renderer the HTML of a comment was made. What an earlier one made is made again by a job; the
-- index holds those rows alone, so that it costs nothing once the job is done.
ALTER TABLE comment ADD COLUMN html_version {{int}} NOT NULL DEFAULT 1;
CREATE INDEX comment_rendered_before ON comment (id) WHERE html_version < 2;
