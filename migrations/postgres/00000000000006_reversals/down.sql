ALTER TABLE member_events DROP COLUMN void_reason;
ALTER TABLE member_events DROP COLUMN voided_at;
