-- Days off, and weekend days that are worked instead. What was wrong is ended, not overwritten.
CREATE TABLE holidays (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    day DATE NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('day_off', 'working_day')),
    name TEXT COLLATE "C" NOT NULL,
    provenance TEXT COLLATE "C" NOT NULL CHECK (provenance IN ('law', 'announced', 'unsure', 'computed')),
    legal_basis TEXT COLLATE "C" NOT NULL,
    ended_at BIGINT,
    end_reason TEXT COLLATE "C"
);
CREATE UNIQUE INDEX holidays_once ON holidays (day) WHERE ended_at IS NULL;
CREATE INDEX holidays_by_day ON holidays (day, id);

-- The years whose days off are all there.
CREATE TABLE holiday_years (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    year BIGINT NOT NULL UNIQUE,
    provenance TEXT COLLATE "C" NOT NULL CHECK (provenance IN ('law', 'announced', 'unsure', 'computed')),
    legal_basis TEXT COLLATE "C" NOT NULL
);

-- How long each step of a case may take, by law and by day.
CREATE TABLE deadline_policies (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('law', 'union_guidance')),
    legal_basis TEXT COLLATE "C" NOT NULL,
    is_verified BOOLEAN NOT NULL,
    moves_running BOOLEAN NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    unit TEXT COLLATE "C" NOT NULL CHECK (unit IN ('calendar', 'working')),
    days BIGINT NOT NULL,
    complex_days BIGINT,
    remote_days BIGINT,
    remote_complex_days BIGINT,
    several_places_days BIGINT,
    extension_days BIGINT,
    end_reason TEXT COLLATE "C"
);
CREATE INDEX deadline_policies_by_code ON deadline_policies (code, valid_from, id);
CREATE INDEX deadline_policies_by_day ON deadline_policies (valid_from, id);

-- A clock ends without being met where its case does.
ALTER TABLE complaint_clocks ADD COLUMN ended_on DATE;
DROP INDEX complaint_clocks_running;
CREATE INDEX complaint_clocks_running ON complaint_clocks (due_on, id) WHERE met_on IS NULL AND ended_on IS NULL;
