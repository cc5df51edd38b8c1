CREATE INDEX members_by_update ON members (updated_at, id);
