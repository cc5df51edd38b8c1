-- Petitions of every kind, from the day they come in. Who may see one: api/complaints/visible.rs.
CREATE TABLE complaints (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Random, told to the petitioner; never a sequence.
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    receiving_unit_id BLOB NOT NULL REFERENCES units (id),
    -- The unit that handles it: its inspection committee, or its head.
    owner_unit_id BLOB NOT NULL REFERENCES units (id),
    channel TEXT NOT NULL,
    received_on TEXT NOT NULL,
    -- The account that took it in; empty: handed in without one.
    received_by BLOB,
    matter TEXT,
    competence TEXT,
    instance INTEGER NOT NULL,
    previous_id BLOB REFERENCES complaints (id),
    merged_into_id BLOB REFERENCES complaints (id),
    petitioner_count INTEGER NOT NULL,
    -- JSON array: mass, bypass, hotspot, remote and so on.
    flags TEXT NOT NULL,
    complexity TEXT NOT NULL,
    -- Where the identity of who wrote it is kept: none, sealed_paper, vault.
    custody TEXT NOT NULL,
    paper_ref TEXT,
    -- Whose decision is complained of.
    decision_unit_id BLOB REFERENCES units (id),
    -- When the decision or act became known: limitation runs from it.
    known_on TEXT,
    -- What handlers read; without what tells who wrote it.
    content_sealed BLOB,
    -- As it was handed in.
    original_sealed BLOB,
    result TEXT,
    result_sealed BLOB,
    forwarded_to TEXT,
    accepted_on TEXT,
    closed_on TEXT,
    extended_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX complaints_by_owner ON complaints (owner_unit_id, received_on, id);
CREATE INDEX complaints_by_day ON complaints (received_on, id);

-- What whoever took a petition in may see of it afterwards: its code and its day, under an id of its own.
CREATE TABLE complaint_receipts (
    id BLOB PRIMARY KEY,
    created_at INTEGER NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    code TEXT NOT NULL,
    received_on TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_receipts_by_account ON complaint_receipts (account_id, id);

-- Whom or what it is about. They, and whoever stands close to them, do not learn of it.
CREATE TABLE complaint_subjects (
    id BLOB PRIMARY KEY,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    capacity TEXT NOT NULL,
    member_id BLOB REFERENCES members (id),
    unit_id BLOB REFERENCES units (id),
    -- The day of what it is about: who stood under her then keeps out, too.
    happened_on TEXT,
    -- Of somebody who is not on the roll.
    name_sealed BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_subjects_by_complaint ON complaint_subjects (complaint_id);
CREATE INDEX complaint_subjects_by_member ON complaint_subjects (member_id);
CREATE INDEX complaint_subjects_by_unit ON complaint_subjects (unit_id);

-- Who handles a case.
CREATE TABLE complaint_handlers (
    id BLOB PRIMARY KEY,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    is_lead INTEGER NOT NULL,
    appointed_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_handlers_by_complaint ON complaint_handlers (complaint_id);
CREATE UNIQUE INDEX complaint_handlers_once ON complaint_handlers (account_id, complaint_id) WHERE ended_at IS NULL;

-- Who keeps out of a case, and why.
CREATE TABLE complaint_recusals (
    id BLOB PRIMARY KEY,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    ground TEXT NOT NULL,
    reason_sealed BLOB,
    recorded_at INTEGER NOT NULL,
    recorded_by BLOB
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX complaint_recusals_once ON complaint_recusals (account_id, complaint_id);
CREATE INDEX complaint_recusals_by_complaint ON complaint_recusals (complaint_id);

-- Those who petition together, by number; who they are is kept elsewhere, or not at all.
CREATE TABLE complaint_parties (
    id BLOB PRIMARY KEY,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    ordinal INTEGER NOT NULL,
    is_representative INTEGER NOT NULL,
    withdrawn_on TEXT,
    was_coerced INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX complaint_parties_by_ordinal ON complaint_parties (complaint_id, ordinal);

-- Who they are, where the custody is the vault: sealed under a key of its own, each under a data key wrapped by it.
CREATE TABLE complaint_identities (
    party_id BLOB PRIMARY KEY REFERENCES complaint_parties (id),
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    wrapped_key BLOB NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_identities_by_complaint ON complaint_identities (complaint_id);

-- Requests to be shown an identity: asked with a reason, opened by a second person, for one hour.
CREATE TABLE identity_disclosures (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    party_id BLOB NOT NULL REFERENCES complaint_parties (id),
    status TEXT NOT NULL,
    requested_by BLOB NOT NULL REFERENCES accounts (id),
    reason_sealed BLOB NOT NULL,
    answered_by BLOB REFERENCES accounts (id),
    answered_at INTEGER,
    expires_at INTEGER,
    shown_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_disclosures_by_complaint ON identity_disclosures (complaint_id, id);

-- What was done in a case beside its steps: dialogues, notices, withdrawals, replies.
CREATE TABLE complaint_records (
    id BLOB PRIMARY KEY,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    kind TEXT NOT NULL,
    happened_on TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by BLOB,
    text_sealed BLOB,
    -- JSON object without personal data.
    facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_records_by_complaint ON complaint_records (complaint_id, id);

-- Between the petitioner (by code and PIN) and the office.
CREATE TABLE complaint_messages (
    id BLOB PRIMARY KEY,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    is_from_petitioner INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    written_by BLOB,
    text_sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_messages_by_complaint ON complaint_messages (complaint_id, id);

-- The PIN that goes with a code, hashed.
CREATE TABLE complaint_pins (
    complaint_id BLOB PRIMARY KEY REFERENCES complaints (id),
    pin_hash TEXT NOT NULL,
    failed_count INTEGER NOT NULL,
    locked_until INTEGER
) STRICT, WITHOUT ROWID;

-- Time limits that run in a case, each with the policy it was computed by.
CREATE TABLE complaint_clocks (
    id BLOB PRIMARY KEY,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    -- KN-ACC, TC-RES and so on.
    code TEXT NOT NULL,
    policy_id BLOB,
    trigger_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    original_due_on TEXT NOT NULL,
    moved_reason TEXT,
    -- JSON array: the steps of the computation.
    basis TEXT NOT NULL,
    is_provisional INTEGER NOT NULL,
    stopped_on TEXT,
    remaining_days INTEGER,
    met_on TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_clocks_by_complaint ON complaint_clocks (complaint_id);
CREATE INDEX complaint_clocks_running ON complaint_clocks (due_on, id) WHERE met_on IS NULL;

-- What must be known at once: mass and hotspot cases.
CREATE TABLE complaint_alerts (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    kind TEXT NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_alerts_by_complaint ON complaint_alerts (complaint_id);
CREATE INDEX complaint_alerts_open ON complaint_alerts (created_at, id) WHERE acknowledged_at IS NULL;
