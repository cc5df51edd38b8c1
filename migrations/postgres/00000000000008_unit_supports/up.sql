-- Which unit supports which base unit (nhận hỗ trợ cơ sở), and why. Half-open periods [starts_on, ends_on).
CREATE TABLE unit_supports (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    supporter_unit_id BYTEA NOT NULL REFERENCES units (id),
    supported_unit_id BYTEA NOT NULL REFERENCES units (id),
    reason TEXT COLLATE "C" NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE,
    result TEXT COLLATE "C"
);
CREATE INDEX unit_supports_by_day ON unit_supports (starts_on, id);
CREATE INDEX unit_supports_by_supporter ON unit_supports (supporter_unit_id, starts_on, id);
CREATE INDEX unit_supports_by_supported ON unit_supports (supported_unit_id, starts_on, id);
