-- How often a relay got a whole letter without saying whether it took it.
ALTER TABLE job ADD COLUMN n_sent {{int}} NOT NULL DEFAULT 0;
