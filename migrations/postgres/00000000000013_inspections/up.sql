-- What a unit means to inspect in a year, and the lines of it.
CREATE TABLE inspection_plans (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    year BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    submitted_by BYTEA,
    approved_on DATE,
    approval_no TEXT COLLATE "C"
);
CREATE UNIQUE INDEX inspection_plans_once ON inspection_plans (unit_id, year);
CREATE INDEX inspection_plans_by_year ON inspection_plans (year, id);

CREATE TABLE inspection_plan_items (
    id BYTEA PRIMARY KEY,
    plan_id BYTEA NOT NULL REFERENCES inspection_plans (id),
    ordinal BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    kind TEXT COLLATE "C" NOT NULL,
    mode TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    month BIGINT NOT NULL
);
CREATE INDEX inspection_plan_items_by_plan ON inspection_plan_items (plan_id, ordinal);

-- Checklists as data. The questions of an edition never change: a new wording is a new edition.
CREATE TABLE inspection_checklists (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    edition BIGINT NOT NULL,
    ended_on DATE
);
CREATE UNIQUE INDEX inspection_checklists_by_code ON inspection_checklists (code);

CREATE TABLE inspection_questions (
    id BYTEA PRIMARY KEY,
    checklist_id BYTEA NOT NULL REFERENCES inspection_checklists (id),
    edition BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    text_vi TEXT COLLATE "C" NOT NULL,
    text_en TEXT COLLATE "C",
    criterion TEXT COLLATE "C" NOT NULL,
    answer_kind TEXT COLLATE "C" NOT NULL,
    needs_evidence BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX inspection_questions_in_order ON inspection_questions (checklist_id, edition, ordinal);

-- `unit_id` inspects, `inspected_unit_id` is inspected; `shown` is how much of it the inspected unit sees by now.
CREATE TABLE inspections (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    unit_id BYTEA NOT NULL REFERENCES units (id),
    inspected_unit_id BYTEA NOT NULL REFERENCES units (id),
    plan_item_id BYTEA,
    previous_id BYTEA,
    kind TEXT COLLATE "C" NOT NULL,
    mode TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    shown TEXT COLLATE "C" NOT NULL,
    is_surprise BOOLEAN NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    decision_no TEXT COLLATE "C",
    sent_on DATE,
    checklist_id BYTEA REFERENCES inspection_checklists (id),
    checklist_edition BIGINT,
    started_on DATE,
    fieldwork_done_on DATE,
    minutes_signature TEXT COLLATE "C",
    minutes_note TEXT COLLATE "C",
    no_issue BOOLEAN NOT NULL,
    shared_on DATE,
    comment_due_on DATE,
    comment TEXT COLLATE "C",
    commented_on DATE,
    postponed_count BIGINT NOT NULL,
    notice_due_on DATE,
    closed_on DATE
);
CREATE INDEX inspections_by_day ON inspections (starts_on, id);
CREATE INDEX inspections_by_unit ON inspections (unit_id, starts_on);
CREATE INDEX inspections_by_inspected_unit ON inspections (inspected_unit_id, starts_on);
CREATE INDEX inspections_by_notice_due ON inspections (status, notice_due_on);
CREATE INDEX inspections_by_plan_item ON inspections (plan_item_id);

CREATE TABLE inspection_teams (
    inspection_id BYTEA NOT NULL REFERENCES inspections (id),
    member_id BYTEA NOT NULL REFERENCES members (id),
    is_lead BOOLEAN NOT NULL,
    PRIMARY KEY (inspection_id, member_id)
);
CREATE INDEX inspection_teams_by_member ON inspection_teams (member_id);

CREATE TABLE inspection_self_reports (
    id BYTEA PRIMARY KEY,
    inspection_id BYTEA NOT NULL REFERENCES inspections (id),
    created_at BIGINT NOT NULL,
    written_by BYTEA,
    text TEXT COLLATE "C" NOT NULL
);
CREATE INDEX inspection_self_reports_by_inspection ON inspection_self_reports (inspection_id, id);

-- Entries of checklists: only ever added. The version counts them for each question; the base is what the writer had seen.
CREATE TABLE inspection_answers (
    id BYTEA PRIMARY KEY,
    inspection_id BYTEA NOT NULL REFERENCES inspections (id),
    question_id BYTEA NOT NULL REFERENCES inspection_questions (id),
    version BIGINT NOT NULL,
    base_version BIGINT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    answered_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    written_by BYTEA,
    picked_id BYTEA
);
CREATE UNIQUE INDEX inspection_answers_in_order ON inspection_answers (inspection_id, question_id, version);

CREATE TABLE inspection_findings (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    inspection_id BYTEA NOT NULL REFERENCES inspections (id),
    kind TEXT COLLATE "C" NOT NULL,
    severity TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    evidence TEXT COLLATE "C" NOT NULL,
    criterion TEXT COLLATE "C" NOT NULL,
    nominated_on DATE,
    complaint_code TEXT COLLATE "C",
    disciplinary_no TEXT COLLATE "C"
);
CREATE INDEX inspection_findings_by_inspection ON inspection_findings (inspection_id, id);

CREATE TABLE inspection_notices (
    id BYTEA PRIMARY KEY,
    inspection_id BYTEA NOT NULL REFERENCES inspections (id),
    created_at BIGINT NOT NULL,
    no TEXT COLLATE "C" NOT NULL,
    issued_on DATE NOT NULL,
    recipients TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX inspection_notices_once ON inspection_notices (inspection_id);
CREATE INDEX inspection_notices_by_day ON inspection_notices (issued_on);

-- What the unit puts right: one for each shortcoming and violation.
CREATE TABLE inspection_remediations (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    inspection_id BYTEA NOT NULL REFERENCES inspections (id),
    finding_id BYTEA NOT NULL REFERENCES inspection_findings (id),
    status TEXT COLLATE "C" NOT NULL,
    measure TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    due_on DATE NOT NULL,
    evidence TEXT COLLATE "C",
    reported_on DATE,
    rounds_count BIGINT NOT NULL,
    reason TEXT COLLATE "C"
);
CREATE UNIQUE INDEX inspection_remediations_once ON inspection_remediations (finding_id);
CREATE INDEX inspection_remediations_by_inspection ON inspection_remediations (inspection_id, id);
CREATE INDEX inspection_remediations_by_day ON inspection_remediations (due_on, id);
