ALTER TABLE idempotency_keys DROP COLUMN unit_id;
