DROP INDEX complaint_clocks_running;
ALTER TABLE complaint_clocks DROP COLUMN ended_on;
CREATE INDEX complaint_clocks_running ON complaint_clocks (due_on, id) WHERE met_on IS NULL;
DROP TABLE deadline_policies;
DROP TABLE holiday_years;
DROP TABLE holidays;
