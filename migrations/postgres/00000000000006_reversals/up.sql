-- What was entered of the wrong member is taken back: the event stays, marked, and counts no more.
ALTER TABLE member_events ADD COLUMN voided_at BIGINT;
ALTER TABLE member_events ADD COLUMN void_reason TEXT COLLATE "C";
