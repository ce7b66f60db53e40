-- What a failure was about, as a keyed hash, so that those at an account can be uncounted when its owner signs in.
ALTER TABLE attempt ADD COLUMN about {{text}} NOT NULL DEFAULT '';
