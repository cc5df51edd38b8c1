-- What a unit means to inspect in a year, and the lines of it.
CREATE TABLE inspection_plans (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    year INTEGER NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    revision INTEGER NOT NULL,
    submitted_by BLOB,
    approved_on TEXT,
    approval_no TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inspection_plans_once ON inspection_plans (unit_id, year);
CREATE INDEX inspection_plans_by_year ON inspection_plans (year, id);

CREATE TABLE inspection_plan_items (
    id BLOB PRIMARY KEY,
    plan_id BLOB NOT NULL REFERENCES inspection_plans (id),
    ordinal INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    topic TEXT NOT NULL,
    month INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inspection_plan_items_by_plan ON inspection_plan_items (plan_id, ordinal);

-- Checklists as data. The questions of an edition never change: a new wording is a new edition.
CREATE TABLE inspection_checklists (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    topic TEXT NOT NULL,
    edition INTEGER NOT NULL,
    ended_on TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inspection_checklists_by_code ON inspection_checklists (code);

CREATE TABLE inspection_questions (
    id BLOB PRIMARY KEY,
    checklist_id BLOB NOT NULL REFERENCES inspection_checklists (id),
    edition INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    text_vi TEXT NOT NULL,
    text_en TEXT,
    criterion TEXT NOT NULL,
    answer_kind TEXT NOT NULL,
    needs_evidence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inspection_questions_in_order ON inspection_questions (checklist_id, edition, ordinal);

-- `unit_id` inspects, `inspected_unit_id` is inspected; `shown` is how much of it the inspected unit sees by now.
CREATE TABLE inspections (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    unit_id BLOB NOT NULL REFERENCES units (id),
    inspected_unit_id BLOB NOT NULL REFERENCES units (id),
    plan_item_id BLOB,
    previous_id BLOB,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    topic TEXT NOT NULL,
    status TEXT NOT NULL,
    shown TEXT NOT NULL,
    is_surprise INTEGER NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    decision_no TEXT,
    sent_on TEXT,
    checklist_id BLOB REFERENCES inspection_checklists (id),
    checklist_edition INTEGER,
    started_on TEXT,
    fieldwork_done_on TEXT,
    minutes_signature TEXT,
    minutes_note TEXT,
    no_issue INTEGER NOT NULL,
    shared_on TEXT,
    comment_due_on TEXT,
    comment TEXT,
    commented_on TEXT,
    postponed_count INTEGER NOT NULL,
    notice_due_on TEXT,
    closed_on TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX inspections_by_day ON inspections (starts_on, id);
CREATE INDEX inspections_by_unit ON inspections (unit_id, starts_on);
CREATE INDEX inspections_by_inspected_unit ON inspections (inspected_unit_id, starts_on);
CREATE INDEX inspections_by_notice_due ON inspections (status, notice_due_on);
CREATE INDEX inspections_by_plan_item ON inspections (plan_item_id);

CREATE TABLE inspection_teams (
    inspection_id BLOB NOT NULL REFERENCES inspections (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    is_lead INTEGER NOT NULL,
    PRIMARY KEY (inspection_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inspection_teams_by_member ON inspection_teams (member_id);

CREATE TABLE inspection_self_reports (
    id BLOB PRIMARY KEY,
    inspection_id BLOB NOT NULL REFERENCES inspections (id),
    created_at INTEGER NOT NULL,
    written_by BLOB,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inspection_self_reports_by_inspection ON inspection_self_reports (inspection_id, id);

-- Entries of checklists: only ever added. The version counts them for each question; the base is what the writer had seen.
CREATE TABLE inspection_answers (
    id BLOB PRIMARY KEY,
    inspection_id BLOB NOT NULL REFERENCES inspections (id),
    question_id BLOB NOT NULL REFERENCES inspection_questions (id),
    version INTEGER NOT NULL,
    base_version INTEGER NOT NULL,
    value TEXT NOT NULL,
    note TEXT,
    answered_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    written_by BLOB,
    picked_id BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inspection_answers_in_order ON inspection_answers (inspection_id, question_id, version);

CREATE TABLE inspection_findings (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    inspection_id BLOB NOT NULL REFERENCES inspections (id),
    kind TEXT NOT NULL,
    severity TEXT,
    status TEXT NOT NULL,
    evidence TEXT NOT NULL,
    criterion TEXT NOT NULL,
    nominated_on TEXT,
    complaint_code TEXT,
    disciplinary_no TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX inspection_findings_by_inspection ON inspection_findings (inspection_id, id);

CREATE TABLE inspection_notices (
    id BLOB PRIMARY KEY,
    inspection_id BLOB NOT NULL REFERENCES inspections (id),
    created_at INTEGER NOT NULL,
    no TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    recipients TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inspection_notices_once ON inspection_notices (inspection_id);
CREATE INDEX inspection_notices_by_day ON inspection_notices (issued_on);

-- What the unit puts right: one for each shortcoming and violation.
CREATE TABLE inspection_remediations (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    inspection_id BLOB NOT NULL REFERENCES inspections (id),
    finding_id BLOB NOT NULL REFERENCES inspection_findings (id),
    status TEXT NOT NULL,
    measure TEXT NOT NULL,
    owner TEXT NOT NULL,
    due_on TEXT NOT NULL,
    evidence TEXT,
    reported_on TEXT,
    rounds_count INTEGER NOT NULL,
    reason TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inspection_remediations_once ON inspection_remediations (finding_id);
CREATE INDEX inspection_remediations_by_inspection ON inspection_remediations (inspection_id, id);
CREATE INDEX inspection_remediations_by_day ON inspection_remediations (due_on, id);
