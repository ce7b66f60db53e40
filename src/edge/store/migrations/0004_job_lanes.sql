-- Each kind of job has its own queue, so the index begins with the kind.
--
-- `next_payload` is a newer request with the same unique key that arrived while the job was being run.
-- `subject` is the id of the member a job is about, so that their jobs are found without reading payloads.

DROP INDEX job_waiting;
CREATE INDEX job_due ON job (kind, run_at, id) WHERE state = 'waiting';
ALTER TABLE job ADD COLUMN next_payload {{text}};
ALTER TABLE job ADD COLUMN subject {{text}};
UPDATE job SET subject = payload{{json}} ->> 'member' WHERE kind = 'mail';
CREATE INDEX job_of_subject ON job (subject) WHERE subject IS NOT NULL;
