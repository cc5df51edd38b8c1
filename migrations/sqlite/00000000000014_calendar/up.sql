-- Days off, and weekend days that are worked instead. What was wrong is ended, not overwritten.
CREATE TABLE holidays (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    day TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('day_off', 'working_day')),
    name TEXT NOT NULL,
    provenance TEXT NOT NULL CHECK (provenance IN ('law', 'announced', 'unsure', 'computed')),
    legal_basis TEXT NOT NULL,
    ended_at INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX holidays_once ON holidays (day) WHERE ended_at IS NULL;
CREATE INDEX holidays_by_day ON holidays (day, id);

-- The years whose days off are all there.
CREATE TABLE holiday_years (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    year INTEGER NOT NULL UNIQUE,
    provenance TEXT NOT NULL CHECK (provenance IN ('law', 'announced', 'unsure', 'computed')),
    legal_basis TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How long each step of a case may take, by law and by day.
CREATE TABLE deadline_policies (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    code TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('law', 'union_guidance')),
    legal_basis TEXT NOT NULL,
    is_verified INTEGER NOT NULL,
    moves_running INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    unit TEXT NOT NULL CHECK (unit IN ('calendar', 'working')),
    days INTEGER NOT NULL,
    complex_days INTEGER,
    remote_days INTEGER,
    remote_complex_days INTEGER,
    several_places_days INTEGER,
    extension_days INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX deadline_policies_by_code ON deadline_policies (code, valid_from, id);
CREATE INDEX deadline_policies_by_day ON deadline_policies (valid_from, id);

-- A clock ends without being met where its case does.
ALTER TABLE complaint_clocks ADD COLUMN ended_on TEXT;
DROP INDEX complaint_clocks_running;
CREATE INDEX complaint_clocks_running ON complaint_clocks (due_on, id) WHERE met_on IS NULL AND ended_on IS NULL;
