-- The tree of the organisation. A unit has an id of its own; name, code, kind and parent are dated.

CREATE TABLE units (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- What holds today, copied from unit_periods in the same transaction.
    kind TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C",
    name TEXT COLLATE "C" NOT NULL,
    search_name TEXT COLLATE "C" NOT NULL,
    sort_key BYTEA NOT NULL,
    parent_id BYTEA REFERENCES units (id),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'closed')),
    founded_on DATE NOT NULL,
    closed_on DATE,
    phone TEXT COLLATE "C",
    email TEXT COLLATE "C",
    address TEXT COLLATE "C"
);
CREATE INDEX units_by_parent ON units (parent_id, sort_key, id);
CREATE INDEX units_by_name ON units (sort_key, id);
CREATE INDEX units_by_code ON units (code);

-- Half-open periods [valid_from, valid_to): what a unit was called, which code it had, where it stood.
CREATE TABLE unit_periods (
    unit_id BYTEA NOT NULL REFERENCES units (id),
    valid_from DATE NOT NULL,
    valid_to DATE,
    kind TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C",
    name TEXT COLLATE "C" NOT NULL,
    search_name TEXT COLLATE "C" NOT NULL,
    sort_key BYTEA NOT NULL,
    parent_id BYTEA REFERENCES units (id),
    legal_basis TEXT COLLATE "C",
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (unit_id, valid_from)
);
CREATE INDEX unit_periods_by_parent ON unit_periods (parent_id, valid_from);
CREATE INDEX unit_periods_by_code ON unit_periods (code, valid_from);

-- Every unit under every ancestor (itself at depth 0), today.
CREATE TABLE unit_tree (
    ancestor_id BYTEA NOT NULL REFERENCES units (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    depth BIGINT NOT NULL,
    PRIMARY KEY (unit_id, ancestor_id)
);
CREATE INDEX unit_tree_by_ancestor ON unit_tree (ancestor_id, depth, unit_id);

-- Which kind may stand under which, and when (the district level ended on 2025-07-01). No parent: a root.
CREATE TABLE unit_kind_rules (
    id BYTEA PRIMARY KEY,
    parent_kind TEXT COLLATE "C",
    child_kind TEXT COLLATE "C" NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE
);

-- How many members, by standing and kind, kept in the transaction of each change, for the unit and all above it.
-- Several slots a unit, so that writers do not queue for one row of the province; the figure is their sum.
CREATE TABLE unit_member_counts (
    unit_id BYTEA NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    slot BIGINT NOT NULL,
    member_count BIGINT NOT NULL,
    PRIMARY KEY (unit_id, status, kind, slot)
);

CREATE TABLE unit_traits (
    unit_id BYTEA NOT NULL REFERENCES units (id),
    trait_code TEXT COLLATE "C" NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    PRIMARY KEY (unit_id, trait_code, valid_from)
);
CREATE INDEX unit_traits_by_trait ON unit_traits (trait_code, unit_id);

-- Women of 18 and over in the area of a unit: never one number, always by basis, day and source.
CREATE TABLE women_populations (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    basis TEXT COLLATE "C" NOT NULL,
    women_count BIGINT NOT NULL CHECK (women_count >= 0),
    counted_on DATE NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    estimated BOOLEAN NOT NULL,
    frozen_for_term_id BYTEA
);
CREATE INDEX women_populations_by_unit ON women_populations (unit_id, counted_on, id);

CREATE TABLE unit_bodies (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE
);
CREATE INDEX unit_bodies_by_unit ON unit_bodies (unit_id, id);

CREATE TABLE unit_external_ids (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    scheme TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE
);
CREATE INDEX unit_external_ids_by_unit ON unit_external_ids (unit_id, id);
CREATE INDEX unit_external_ids_by_value ON unit_external_ids (scheme, value);
