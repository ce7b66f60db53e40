-- The address that a member asked for and has not confirmed yet, and until when the letter's link is good. It is kept whether
-- or not somebody has that address, so that the account does not tell.
ALTER TABLE member ADD COLUMN wanted_email {{text}};
ALTER TABLE member ADD COLUMN wanted_until {{int}};
