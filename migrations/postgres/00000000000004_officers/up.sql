-- Officers: people in posts, what they know, what their post asks, whom they look after.

CREATE TABLE terms (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    -- The congress that opened it ("lần thứ XIII").
    ordinal TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL
);
CREATE UNIQUE INDEX terms_by_unit ON terms (unit_id, starts_on);

CREATE TABLE appointments (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    body_id BYTEA REFERENCES unit_bodies (id),
    post TEXT COLLATE "C" NOT NULL,
    term_id BYTEA REFERENCES terms (id),
    manner TEXT COLLATE "C" NOT NULL CHECK (manner IN ('elected', 'appointed', 'co_opted')),
    is_full_time BOOLEAN NOT NULL,
    seat_kind TEXT COLLATE "C" NOT NULL CHECK (seat_kind IN ('core', 'sector', 'locality')),
    sector TEXT COLLATE "C",
    decision_no TEXT COLLATE "C",
    starts_on DATE NOT NULL,
    ends_on DATE,
    end_reason TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('held', 'ended'))
);
CREATE INDEX appointments_by_unit ON appointments (unit_id, starts_on, id);
CREATE INDEX appointments_by_member ON appointments (member_id, starts_on);
-- One at the head, and nobody twice; two writers who meet here run again and see each other.
CREATE UNIQUE INDEX appointments_one_head ON appointments (unit_id, post)
    WHERE status = 'held' AND post IN ('president', 'inspection_head', 'branch_head', 'group_head', 'club_head');
CREATE UNIQUE INDEX appointments_held_once ON appointments (member_id, unit_id, post) WHERE status = 'held';

CREATE TABLE qualifications (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    kind TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C",
    field TEXT COLLATE "C",
    issuer TEXT COLLATE "C",
    certificate_no TEXT COLLATE "C",
    obtained_on DATE NOT NULL,
    -- Found to be wrong or not genuine: from this day on it counts for nothing.
    withdrawn_on DATE,
    withdraw_reason TEXT COLLATE "C"
);
CREATE INDEX qualifications_by_member ON qualifications (member_id, kind, obtained_on);

CREATE TABLE title_standards (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    post TEXT COLLATE "C" NOT NULL,
    unit_kind TEXT COLLATE "C" NOT NULL,
    -- Only for units with this trait; empty: for all. The one with a trait goes before the one without.
    trait_code TEXT COLLATE "C",
    valid_from DATE NOT NULL,
    valid_to DATE,
    min_general_education TEXT COLLATE "C",
    min_professional TEXT COLLATE "C",
    min_political_theory TEXT COLLATE "C",
    -- JSON array of qualification kinds.
    required_certificates TEXT COLLATE "C" NOT NULL,
    max_age_first_term BIGINT,
    legal_basis TEXT COLLATE "C" NOT NULL
);
CREATE INDEX title_standards_by_post ON title_standards (post, unit_kind, valid_from);

-- Which officer looks after which unit (cán bộ phụ trách): one at a time for each unit.
CREATE TABLE unit_assignments (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    valid_from DATE NOT NULL,
    valid_to DATE,
    reason TEXT COLLATE "C"
);
CREATE INDEX unit_assignments_by_unit ON unit_assignments (unit_id, valid_from);
CREATE UNIQUE INDEX unit_assignments_one_in_charge ON unit_assignments (unit_id) WHERE valid_to IS NULL;
CREATE INDEX unit_assignments_by_member ON unit_assignments (member_id, valid_from);

CREATE TABLE field_visits (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    purpose TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('planned', 'done', 'cancelled')),
    planned_on DATE NOT NULL,
    done_on DATE,
    findings TEXT COLLATE "C",
    cancel_reason TEXT COLLATE "C"
);
CREATE INDEX field_visits_by_unit ON field_visits (unit_id, planned_on, id);
CREATE INDEX field_visits_by_member ON field_visits (member_id, planned_on);
