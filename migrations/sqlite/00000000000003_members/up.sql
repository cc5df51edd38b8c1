-- The roll of members.

CREATE TABLE members (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Random, not running: a gap must tell nothing.
    membership_no TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('regular', 'honorary', 'ex_officio')),
    status TEXT NOT NULL CHECK (status IN ('active', 'left', 'removed', 'deceased')),
    full_name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    sort_key BLOB NOT NULL,
    sex TEXT NOT NULL CHECK (sex IN ('female', 'male')),
    -- First day of the period that birth_precision names.
    born_on TEXT NOT NULL,
    birth_precision TEXT NOT NULL CHECK (birth_precision IN ('day', 'month', 'year')),
    -- The citizen number: sealed, with a keyed hash for uniqueness and look-up, and its last three digits.
    national_id_sealed BLOB,
    national_id_hash BLOB,
    national_id_last3 TEXT,
    -- Why a number that disagrees with sex, birth year or the list of provinces was taken all the same.
    national_id_reason TEXT,
    phone TEXT,
    address TEXT,
    residential_area TEXT,
    residence_kind TEXT NOT NULL,
    occupation_code TEXT,
    -- Sensitive (Law 91/2025/QH15): kept only with consent.
    ethnic_group_code TEXT,
    religion_code TEXT,
    sensitive_consent_on TEXT,
    -- JSON array of codes, sorted: what holds today, copied from member_special_groups.
    special_groups TEXT NOT NULL,
    is_core INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    joined_on TEXT NOT NULL,
    left_on TEXT,
    last_verified_on TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX members_by_national_id ON members (national_id_hash) WHERE national_id_hash IS NOT NULL AND status = 'active';
CREATE INDEX members_by_any_national_id ON members (national_id_hash) WHERE national_id_hash IS NOT NULL;
CREATE INDEX members_by_look_alike ON members (search_name, born_on);
CREATE INDEX members_by_phone ON members (phone) WHERE phone IS NOT NULL;
CREATE INDEX members_by_unit ON members (unit_id);
-- By which the name index of each instance follows what others write.
CREATE INDEX members_by_update ON members (updated_at, id);

-- Where a member stood, from a day to a day: transfers close one row and open another.
CREATE TABLE memberships (
    member_id BLOB NOT NULL REFERENCES members (id),
    valid_from TEXT NOT NULL,
    -- Orders several changes of one day.
    step INTEGER NOT NULL,
    valid_to TEXT,
    unit_id BLOB NOT NULL REFERENCES units (id),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, valid_from, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_unit ON memberships (unit_id, valid_from);

-- What happened to a member and when it holds: admitted, transferred, left, removed, deceased, readmitted.
CREATE TABLE member_events (
    id BLOB PRIMARY KEY,
    member_id BLOB NOT NULL REFERENCES members (id),
    kind TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    from_unit_id BLOB,
    to_unit_id BLOB,
    reason TEXT,
    decision_no TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX member_events_by_member ON member_events (member_id, id);

-- Each member under each unit above her, in name order: any subtree's page is one index range.
CREATE TABLE member_tree (
    unit_id BLOB NOT NULL,
    status TEXT NOT NULL,
    sort_key BLOB NOT NULL,
    member_id BLOB NOT NULL,
    PRIMARY KEY (unit_id, status, sort_key, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_tree_by_member ON member_tree (member_id);

CREATE TABLE member_special_groups (
    member_id BLOB NOT NULL REFERENCES members (id),
    group_code TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, group_code, recorded_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE core_periods (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX core_periods_by_member ON core_periods (member_id, valid_from);
