-- What was kept of answers under a key has no text any more: it was shown again to members who had lost access to it.
UPDATE idempotency SET kind = 'again', body = '' WHERE kind = 'short' AND body <> '';
