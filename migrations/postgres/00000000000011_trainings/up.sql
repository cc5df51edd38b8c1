-- Trainings: what officers need to learn, what is planned and held for them, and who has completed what.

-- How many completions an audience must have in a term, as dated data. The categories are a JSON array.
CREATE TABLE training_requirements (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    audience TEXT COLLATE "C" NOT NULL,
    categories TEXT COLLATE "C" NOT NULL,
    min_count BIGINT NOT NULL,
    grace_days BIGINT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    legal_basis TEXT COLLATE "C" NOT NULL
);
CREATE INDEX training_requirements_by_audience ON training_requirements (audience, valid_from);

-- What a unit teaches in a year; once for each year.
CREATE TABLE training_plans (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    year BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    budget_vnd BIGINT NOT NULL,
    reason TEXT COLLATE "C"
);
CREATE UNIQUE INDEX training_plans_once ON training_plans (unit_id, year);

-- Its lines. One that an amendment leaves out stays, marked: courses and needs may hang on it.
CREATE TABLE training_plan_items (
    id BYTEA PRIMARY KEY,
    plan_id BYTEA NOT NULL REFERENCES training_plans (id),
    ordinal BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    audience TEXT COLLATE "C" NOT NULL,
    quota BIGINT NOT NULL,
    quarter BIGINT NOT NULL,
    budget_vnd BIGINT NOT NULL,
    is_dropped BOOLEAN NOT NULL
);
CREATE INDEX training_plan_items_by_plan ON training_plan_items (plan_id, ordinal, id);

-- A plan as it was approved or amended each time: its items as JSON.
CREATE TABLE training_plan_revisions (
    plan_id BYTEA NOT NULL REFERENCES training_plans (id),
    revision BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    reason TEXT COLLATE "C",
    budget_vnd BIGINT NOT NULL,
    items TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (plan_id, revision)
);

-- First and last moment are copies of those of its sessions, the count one of its confirmed enrolments.
CREATE TABLE courses (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    plan_item_id BYTEA REFERENCES training_plan_items (id),
    unplanned_reason TEXT COLLATE "C",
    title TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    delivery_mode TEXT COLLATE "C" NOT NULL,
    audience TEXT COLLATE "C" NOT NULL,
    quota BIGINT NOT NULL,
    min_attendance_percent BIGINT NOT NULL,
    has_test BOOLEAN NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT,
    ends_at BIGINT,
    confirmed_count BIGINT NOT NULL,
    cancel_reason TEXT COLLATE "C",
    completed_on DATE,
    created_by BYTEA
);
CREATE INDEX courses_by_unit ON courses (unit_id, id);
CREATE INDEX courses_by_item ON courses (plan_item_id) WHERE plan_item_id IS NOT NULL;

-- What somebody needs to learn; one a person, category and year.
CREATE TABLE training_needs (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    category TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    decision_reason TEXT COLLATE "C",
    plan_item_id BYTEA REFERENCES training_plan_items (id),
    course_id BYTEA REFERENCES courses (id)
);
CREATE UNIQUE INDEX training_needs_once ON training_needs (member_id, category, year);
CREATE INDEX training_needs_by_unit ON training_needs (unit_id, id);

CREATE TABLE training_sessions (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    course_id BYTEA NOT NULL REFERENCES courses (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    topic TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    place TEXT COLLATE "C",
    remote_link TEXT COLLATE "C",
    theory_minutes BIGINT NOT NULL,
    practice_minutes BIGINT NOT NULL,
    discussion_minutes BIGINT NOT NULL,
    attendance_closed_at BIGINT,
    is_cancelled BOOLEAN NOT NULL
);
CREATE INDEX training_sessions_by_course ON training_sessions (course_id, starts_at, id);
CREATE INDEX training_sessions_by_unit ON training_sessions (unit_id, starts_at);

-- Somebody on the roll, or somebody from outside by name.
CREATE TABLE session_trainers (
    session_id BYTEA NOT NULL REFERENCES training_sessions (id),
    ordinal BIGINT NOT NULL,
    member_id BYTEA REFERENCES members (id),
    name TEXT COLLATE "C",
    PRIMARY KEY (session_id, ordinal)
);
CREATE INDEX session_trainers_by_member ON session_trainers (member_id) WHERE member_id IS NOT NULL;

-- Who takes part in a course. The unit is the trainee's; the organiser's is a copy of the course's.
CREATE TABLE enrolments (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    course_id BYTEA NOT NULL REFERENCES courses (id),
    member_id BYTEA NOT NULL REFERENCES members (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    organiser_unit_id BYTEA NOT NULL REFERENCES units (id),
    status TEXT COLLATE "C" NOT NULL,
    waiting_since BIGINT,
    attended_minutes BIGINT NOT NULL,
    test_passed BOOLEAN,
    decision_reason TEXT COLLATE "C"
);
CREATE UNIQUE INDEX enrolments_once ON enrolments (course_id, member_id);
CREATE INDEX enrolments_by_member ON enrolments (member_id, id);
CREATE INDEX enrolments_by_unit ON enrolments (unit_id, id);
CREATE INDEX enrolments_waiting ON enrolments (course_id, waiting_since) WHERE waiting_since IS NOT NULL;

CREATE TABLE attendances (
    session_id BYTEA NOT NULL REFERENCES training_sessions (id),
    enrolment_id BYTEA NOT NULL REFERENCES enrolments (id),
    mark TEXT COLLATE "C" NOT NULL,
    minutes BIGINT NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    reason TEXT COLLATE "C",
    PRIMARY KEY (session_id, enrolment_id)
);
CREATE INDEX attendances_by_enrolment ON attendances (enrolment_id);

-- Codes that trainees type in: a keyed hash of each.
CREATE TABLE attendance_codes (
    digest BYTEA PRIMARY KEY,
    session_id BYTEA NOT NULL REFERENCES training_sessions (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Belongs to the person, wherever she goes; once a course.
CREATE TABLE course_completions (
    id BYTEA PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id),
    course_id BYTEA NOT NULL REFERENCES courses (id),
    category TEXT COLLATE "C" NOT NULL,
    completed_on DATE NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX course_completions_once ON course_completions (course_id, member_id);
CREATE INDEX course_completions_by_member ON course_completions (member_id, completed_on, category);

CREATE TABLE certificates (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    certificate_no TEXT COLLATE "C" NOT NULL,
    enrolment_id BYTEA NOT NULL REFERENCES enrolments (id),
    course_id BYTEA NOT NULL REFERENCES courses (id),
    member_id BYTEA NOT NULL REFERENCES members (id),
    unit_id BYTEA NOT NULL REFERENCES units (id),
    organiser_unit_id BYTEA NOT NULL REFERENCES units (id),
    issued_on DATE NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    proposed_by BYTEA,
    replaces_id BYTEA REFERENCES certificates (id)
);
CREATE UNIQUE INDEX certificates_by_no ON certificates (certificate_no);
CREATE INDEX certificates_by_unit ON certificates (unit_id, id);
CREATE UNIQUE INDEX certificates_one_good ON certificates (enrolment_id) WHERE status IN ('issued', 'revocation_proposed');

-- Secret addresses of calendars: a keyed hash of each.
CREATE TABLE calendar_feeds (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    principal_id BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    unit_id BYTEA REFERENCES units (id),
    digest BYTEA NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX calendar_feeds_by_digest ON calendar_feeds (digest);
CREATE INDEX calendar_feeds_by_principal ON calendar_feeds (principal_id, id);

-- Coverage walks those who hold a post, those who are full-time and those who are core members, by person.
CREATE INDEX appointments_held_by_post ON appointments (post, member_id, unit_id, starts_on) WHERE status = 'held';
CREATE INDEX appointments_full_time ON appointments (member_id, unit_id, starts_on) WHERE status = 'held' AND is_full_time;
CREATE INDEX core_periods_open ON core_periods (member_id, valid_from) WHERE valid_to IS NULL;
