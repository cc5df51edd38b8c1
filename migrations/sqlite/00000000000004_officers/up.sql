-- Officers: people in posts, what they know, what their post asks, whom they look after.

CREATE TABLE terms (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    -- The congress that opened it ("lần thứ XIII").
    ordinal TEXT NOT NULL,
    name TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX terms_by_unit ON terms (unit_id, starts_on);

CREATE TABLE appointments (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    body_id BLOB REFERENCES unit_bodies (id),
    post TEXT NOT NULL,
    term_id BLOB REFERENCES terms (id),
    manner TEXT NOT NULL CHECK (manner IN ('elected', 'appointed', 'co_opted')),
    is_full_time INTEGER NOT NULL,
    seat_kind TEXT NOT NULL CHECK (seat_kind IN ('core', 'sector', 'locality')),
    sector TEXT,
    decision_no TEXT,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    end_reason TEXT,
    status TEXT NOT NULL CHECK (status IN ('held', 'ended'))
) STRICT, WITHOUT ROWID;
CREATE INDEX appointments_by_unit ON appointments (unit_id, starts_on, id);
CREATE INDEX appointments_by_member ON appointments (member_id, starts_on);
-- One at the head, and nobody twice; two writers who meet here run again and see each other.
CREATE UNIQUE INDEX appointments_one_head ON appointments (unit_id, post)
    WHERE status = 'held' AND post IN ('president', 'inspection_head', 'branch_head', 'group_head', 'club_head');
CREATE UNIQUE INDEX appointments_held_once ON appointments (member_id, unit_id, post) WHERE status = 'held';

CREATE TABLE qualifications (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    kind TEXT NOT NULL,
    level TEXT,
    field TEXT,
    issuer TEXT,
    certificate_no TEXT,
    obtained_on TEXT NOT NULL,
    -- Found to be wrong or not genuine: from this day on it counts for nothing.
    withdrawn_on TEXT,
    withdraw_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX qualifications_by_member ON qualifications (member_id, kind, obtained_on);

CREATE TABLE title_standards (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    post TEXT NOT NULL,
    unit_kind TEXT NOT NULL,
    -- Only for units with this trait; empty: for all. The one with a trait goes before the one without.
    trait_code TEXT,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    min_general_education TEXT,
    min_professional TEXT,
    min_political_theory TEXT,
    -- JSON array of qualification kinds.
    required_certificates TEXT NOT NULL,
    max_age_first_term INTEGER,
    legal_basis TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX title_standards_by_post ON title_standards (post, unit_kind, valid_from);

-- Which officer looks after which unit (cán bộ phụ trách): one at a time for each unit.
CREATE TABLE unit_assignments (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_assignments_by_unit ON unit_assignments (unit_id, valid_from);
CREATE UNIQUE INDEX unit_assignments_one_in_charge ON unit_assignments (unit_id) WHERE valid_to IS NULL;
CREATE INDEX unit_assignments_by_member ON unit_assignments (member_id, valid_from);

CREATE TABLE field_visits (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    purpose TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('planned', 'done', 'cancelled')),
    planned_on TEXT NOT NULL,
    done_on TEXT,
    findings TEXT,
    cancel_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX field_visits_by_unit ON field_visits (unit_id, planned_on, id);
CREATE INDEX field_visits_by_member ON field_visits (member_id, planned_on);
