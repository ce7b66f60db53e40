-- Whether the member gets a letter when the time of what they were given is over.
ALTER TABLE entitlement ADD COLUMN tells_end {{int}} NOT NULL DEFAULT 0;
CREATE INDEX entitlement_to_tell ON entitlement (valid_until, id) WHERE tells_end = 1;
