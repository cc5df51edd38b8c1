-- Which unit supports which base unit (nhận hỗ trợ cơ sở), and why. Half-open periods [starts_on, ends_on).
CREATE TABLE unit_supports (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    supporter_unit_id BLOB NOT NULL REFERENCES units (id),
    supported_unit_id BLOB NOT NULL REFERENCES units (id),
    reason TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    result TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_supports_by_day ON unit_supports (starts_on, id);
CREATE INDEX unit_supports_by_supporter ON unit_supports (supporter_unit_id, starts_on, id);
CREATE INDEX unit_supports_by_supported ON unit_supports (supported_unit_id, starts_on, id);
