DROP TABLE used_assertions;
ALTER TABLE role_assignments DROP COLUMN pending_since;
ALTER TABLE role_assignments DROP COLUMN given_by;
DELETE FROM settings WHERE name = 'write_probe';
