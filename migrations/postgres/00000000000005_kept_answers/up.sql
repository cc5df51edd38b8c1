-- The unit that the answer's audit record names: a kept answer is shown again only while it is in reach.
ALTER TABLE idempotency_keys ADD COLUMN unit_id BYTEA;
-- Digests have a key now: those without one could be tried against every citizen number there is.
DELETE FROM idempotency_keys;
UPDATE client_made_ids SET digest = '';
