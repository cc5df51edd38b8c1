-- Trainings: what officers need to learn, what is planned and held for them, and who has completed what.

-- How many completions an audience must have in a term, as dated data. The categories are a JSON array.
CREATE TABLE training_requirements (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    audience TEXT NOT NULL,
    categories TEXT NOT NULL,
    min_count INTEGER NOT NULL,
    grace_days INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    legal_basis TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX training_requirements_by_audience ON training_requirements (audience, valid_from);

-- What a unit teaches in a year; once for each year.
CREATE TABLE training_plans (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    year INTEGER NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    revision INTEGER NOT NULL,
    budget_vnd INTEGER NOT NULL,
    reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX training_plans_once ON training_plans (unit_id, year);

-- Its lines. One that an amendment leaves out stays, marked: courses and needs may hang on it.
CREATE TABLE training_plan_items (
    id BLOB PRIMARY KEY,
    plan_id BLOB NOT NULL REFERENCES training_plans (id),
    ordinal INTEGER NOT NULL,
    title TEXT NOT NULL,
    category TEXT NOT NULL,
    audience TEXT NOT NULL,
    quota INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    budget_vnd INTEGER NOT NULL,
    is_dropped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX training_plan_items_by_plan ON training_plan_items (plan_id, ordinal, id);

-- A plan as it was approved or amended each time: its items as JSON.
CREATE TABLE training_plan_revisions (
    plan_id BLOB NOT NULL REFERENCES training_plans (id),
    revision INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    reason TEXT,
    budget_vnd INTEGER NOT NULL,
    items TEXT NOT NULL,
    PRIMARY KEY (plan_id, revision)
) STRICT, WITHOUT ROWID;

-- First and last moment are copies of those of its sessions, the count one of its confirmed enrolments.
CREATE TABLE courses (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    plan_item_id BLOB REFERENCES training_plan_items (id),
    unplanned_reason TEXT,
    title TEXT NOT NULL,
    category TEXT NOT NULL,
    delivery_mode TEXT NOT NULL,
    audience TEXT NOT NULL,
    quota INTEGER NOT NULL,
    min_attendance_percent INTEGER NOT NULL,
    has_test INTEGER NOT NULL,
    status TEXT NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    confirmed_count INTEGER NOT NULL,
    cancel_reason TEXT,
    completed_on TEXT,
    created_by BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX courses_by_unit ON courses (unit_id, id);
CREATE INDEX courses_by_item ON courses (plan_item_id) WHERE plan_item_id IS NOT NULL;

-- What somebody needs to learn; one a person, category and year.
CREATE TABLE training_needs (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    category TEXT NOT NULL,
    year INTEGER NOT NULL,
    reason TEXT NOT NULL,
    note TEXT,
    status TEXT NOT NULL,
    decision_reason TEXT,
    plan_item_id BLOB REFERENCES training_plan_items (id),
    course_id BLOB REFERENCES courses (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX training_needs_once ON training_needs (member_id, category, year);
CREATE INDEX training_needs_by_unit ON training_needs (unit_id, id);

CREATE TABLE training_sessions (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    course_id BLOB NOT NULL REFERENCES courses (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    topic TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    place TEXT,
    remote_link TEXT,
    theory_minutes INTEGER NOT NULL,
    practice_minutes INTEGER NOT NULL,
    discussion_minutes INTEGER NOT NULL,
    attendance_closed_at INTEGER,
    is_cancelled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX training_sessions_by_course ON training_sessions (course_id, starts_at, id);
CREATE INDEX training_sessions_by_unit ON training_sessions (unit_id, starts_at);

-- Somebody on the roll, or somebody from outside by name.
CREATE TABLE session_trainers (
    session_id BLOB NOT NULL REFERENCES training_sessions (id),
    ordinal INTEGER NOT NULL,
    member_id BLOB REFERENCES members (id),
    name TEXT,
    PRIMARY KEY (session_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_trainers_by_member ON session_trainers (member_id) WHERE member_id IS NOT NULL;

-- Who takes part in a course. The unit is the trainee's; the organiser's is a copy of the course's.
CREATE TABLE enrolments (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    course_id BLOB NOT NULL REFERENCES courses (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    organiser_unit_id BLOB NOT NULL REFERENCES units (id),
    status TEXT NOT NULL,
    waiting_since INTEGER,
    attended_minutes INTEGER NOT NULL,
    test_passed INTEGER,
    decision_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX enrolments_once ON enrolments (course_id, member_id);
CREATE INDEX enrolments_by_member ON enrolments (member_id, id);
CREATE INDEX enrolments_by_unit ON enrolments (unit_id, id);
CREATE INDEX enrolments_waiting ON enrolments (course_id, waiting_since) WHERE waiting_since IS NOT NULL;

CREATE TABLE attendances (
    session_id BLOB NOT NULL REFERENCES training_sessions (id),
    enrolment_id BLOB NOT NULL REFERENCES enrolments (id),
    mark TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    source TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (session_id, enrolment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attendances_by_enrolment ON attendances (enrolment_id);

-- Codes that trainees type in: a keyed hash of each.
CREATE TABLE attendance_codes (
    digest BLOB PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES training_sessions (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Belongs to the person, wherever she goes; once a course.
CREATE TABLE course_completions (
    id BLOB PRIMARY KEY,
    member_id BLOB NOT NULL REFERENCES members (id),
    course_id BLOB NOT NULL REFERENCES courses (id),
    category TEXT NOT NULL,
    completed_on TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX course_completions_once ON course_completions (course_id, member_id);
CREATE INDEX course_completions_by_member ON course_completions (member_id, completed_on, category);

CREATE TABLE certificates (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    certificate_no TEXT NOT NULL,
    enrolment_id BLOB NOT NULL REFERENCES enrolments (id),
    course_id BLOB NOT NULL REFERENCES courses (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    unit_id BLOB NOT NULL REFERENCES units (id),
    organiser_unit_id BLOB NOT NULL REFERENCES units (id),
    issued_on TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    proposed_by BLOB,
    replaces_id BLOB REFERENCES certificates (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX certificates_by_no ON certificates (certificate_no);
CREATE INDEX certificates_by_unit ON certificates (unit_id, id);
CREATE UNIQUE INDEX certificates_one_good ON certificates (enrolment_id) WHERE status IN ('issued', 'revocation_proposed');

-- Secret addresses of calendars: a keyed hash of each.
CREATE TABLE calendar_feeds (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    principal_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    unit_id BLOB REFERENCES units (id),
    digest BLOB NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX calendar_feeds_by_digest ON calendar_feeds (digest);
CREATE INDEX calendar_feeds_by_principal ON calendar_feeds (principal_id, id);

-- Coverage walks those who hold a post, those who are full-time and those who are core members, by person.
CREATE INDEX appointments_held_by_post ON appointments (post, member_id, unit_id, starts_on) WHERE status = 'held';
CREATE INDEX appointments_full_time ON appointments (member_id, unit_id, starts_on) WHERE status = 'held' AND is_full_time;
CREATE INDEX core_periods_open ON core_periods (member_id, valid_from) WHERE valid_to IS NULL;
