-- Of an answer that is given again, its status and a short body or an id are kept. `body` is then an id (`made`), JSON
-- of at most 512 bytes or nothing (`short`), or nothing because the request is run again (`again`).

ALTER TABLE idempotency ADD COLUMN kind {{text}} NOT NULL DEFAULT 'short';
-- Among these are requests that changed a password, whose hash could be guessed from.
DELETE FROM idempotency WHERE body = '';
