-- The roll of members.

CREATE TABLE members (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Random, not running: a gap must tell nothing.
    membership_no TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('regular', 'honorary', 'ex_officio')),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'left', 'removed', 'deceased')),
    full_name TEXT COLLATE "C" NOT NULL,
    search_name TEXT COLLATE "C" NOT NULL,
    sort_key BYTEA NOT NULL,
    sex TEXT COLLATE "C" NOT NULL CHECK (sex IN ('female', 'male')),
    -- First day of the period that birth_precision names.
    born_on DATE NOT NULL,
    birth_precision TEXT COLLATE "C" NOT NULL CHECK (birth_precision IN ('day', 'month', 'year')),
    -- The citizen number: sealed, with a keyed hash for uniqueness and look-up, and its last three digits.
    national_id_sealed BYTEA,
    national_id_hash BYTEA,
    national_id_last3 TEXT COLLATE "C",
    -- Why a number that disagrees with sex, birth year or the list of provinces was taken all the same.
    national_id_reason TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    address TEXT COLLATE "C",
    residential_area TEXT COLLATE "C",
    residence_kind TEXT COLLATE "C" NOT NULL,
    occupation_code TEXT COLLATE "C",
    -- Sensitive (Law 91/2025/QH15): kept only with consent.
    ethnic_group_code TEXT COLLATE "C",
    religion_code TEXT COLLATE "C",
    sensitive_consent_on DATE,
    -- JSON array of codes, sorted: what holds today, copied from member_special_groups.
    special_groups TEXT COLLATE "C" NOT NULL,
    is_core BOOLEAN NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    joined_on DATE NOT NULL,
    left_on DATE,
    last_verified_on DATE
);
CREATE UNIQUE INDEX members_by_national_id ON members (national_id_hash) WHERE national_id_hash IS NOT NULL AND status = 'active';
CREATE INDEX members_by_any_national_id ON members (national_id_hash) WHERE national_id_hash IS NOT NULL;
CREATE INDEX members_by_look_alike ON members (search_name, born_on);
CREATE INDEX members_by_phone ON members (phone) WHERE phone IS NOT NULL;
CREATE INDEX members_by_unit ON members (unit_id);
-- By which the name index of each instance follows what others write.
CREATE INDEX members_by_update ON members (updated_at, id);

-- Where a member stood, from a day to a day: transfers close one row and open another.
CREATE TABLE memberships (
    member_id BYTEA NOT NULL REFERENCES members (id),
    valid_from DATE NOT NULL,
    -- Orders several changes of one day.
    step BIGINT NOT NULL,
    valid_to DATE,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, valid_from, step)
);
CREATE INDEX memberships_by_unit ON memberships (unit_id, valid_from);

-- What happened to a member and when it holds: admitted, transferred, left, removed, deceased, readmitted.
CREATE TABLE member_events (
    id BYTEA PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id),
    kind TEXT COLLATE "C" NOT NULL,
    effective_on DATE NOT NULL,
    recorded_at BIGINT NOT NULL,
    from_unit_id BYTEA,
    to_unit_id BYTEA,
    reason TEXT COLLATE "C",
    decision_no TEXT COLLATE "C"
);
CREATE INDEX member_events_by_member ON member_events (member_id, id);

-- Each member under each unit above her, in name order: any subtree's page is one index range.
CREATE TABLE member_tree (
    unit_id BYTEA NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    sort_key BYTEA NOT NULL,
    member_id BYTEA NOT NULL,
    PRIMARY KEY (unit_id, status, sort_key, member_id)
);
CREATE INDEX member_tree_by_member ON member_tree (member_id);

CREATE TABLE member_special_groups (
    member_id BYTEA NOT NULL REFERENCES members (id),
    group_code TEXT COLLATE "C" NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, group_code, recorded_at)
);

CREATE TABLE core_periods (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    valid_from DATE NOT NULL,
    valid_to DATE,
    end_reason TEXT COLLATE "C"
);
CREATE INDEX core_periods_by_member ON core_periods (member_id, valid_from);
