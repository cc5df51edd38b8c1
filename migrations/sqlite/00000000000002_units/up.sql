-- The tree of the organisation. A unit has an id of its own; name, code, kind and parent are dated.

CREATE TABLE units (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- What holds today, copied from unit_periods in the same transaction.
    kind TEXT NOT NULL,
    code TEXT,
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    sort_key BLOB NOT NULL,
    parent_id BLOB REFERENCES units (id),
    status TEXT NOT NULL CHECK (status IN ('active', 'closed')),
    founded_on TEXT NOT NULL,
    closed_on TEXT,
    phone TEXT,
    email TEXT,
    address TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX units_by_parent ON units (parent_id, sort_key, id);
CREATE INDEX units_by_name ON units (sort_key, id);
CREATE INDEX units_by_code ON units (code);

-- Half-open periods [valid_from, valid_to): what a unit was called, which code it had, where it stood.
CREATE TABLE unit_periods (
    unit_id BLOB NOT NULL REFERENCES units (id),
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    kind TEXT NOT NULL,
    code TEXT,
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    sort_key BLOB NOT NULL,
    parent_id BLOB REFERENCES units (id),
    legal_basis TEXT,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (unit_id, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_periods_by_parent ON unit_periods (parent_id, valid_from);
CREATE INDEX unit_periods_by_code ON unit_periods (code, valid_from);

-- Every unit under every ancestor (itself at depth 0), today.
CREATE TABLE unit_tree (
    ancestor_id BLOB NOT NULL REFERENCES units (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    depth INTEGER NOT NULL,
    PRIMARY KEY (unit_id, ancestor_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_tree_by_ancestor ON unit_tree (ancestor_id, depth, unit_id);

-- Which kind may stand under which, and when (the district level ended on 2025-07-01). No parent: a root.
CREATE TABLE unit_kind_rules (
    id BLOB PRIMARY KEY,
    parent_kind TEXT,
    child_kind TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT
) STRICT, WITHOUT ROWID;

-- How many members, by standing and kind, kept in the transaction of each change, for the unit and all above it.
-- Several slots a unit, so that writers do not queue for one row of the province; the figure is their sum.
CREATE TABLE unit_member_counts (
    unit_id BLOB NOT NULL,
    status TEXT NOT NULL,
    kind TEXT NOT NULL,
    slot INTEGER NOT NULL,
    member_count INTEGER NOT NULL,
    PRIMARY KEY (unit_id, status, kind, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE unit_traits (
    unit_id BLOB NOT NULL REFERENCES units (id),
    trait_code TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    PRIMARY KEY (unit_id, trait_code, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_traits_by_trait ON unit_traits (trait_code, unit_id);

-- Women of 18 and over in the area of a unit: never one number, always by basis, day and source.
CREATE TABLE women_populations (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    basis TEXT NOT NULL,
    women_count INTEGER NOT NULL CHECK (women_count >= 0),
    counted_on TEXT NOT NULL,
    source TEXT NOT NULL,
    estimated INTEGER NOT NULL,
    frozen_for_term_id BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX women_populations_by_unit ON women_populations (unit_id, counted_on, id);

CREATE TABLE unit_bodies (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_bodies_by_unit ON unit_bodies (unit_id, id);

CREATE TABLE unit_external_ids (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    scheme TEXT NOT NULL,
    value TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_external_ids_by_unit ON unit_external_ids (unit_id, id);
CREATE INDEX unit_external_ids_by_value ON unit_external_ids (scheme, value);
