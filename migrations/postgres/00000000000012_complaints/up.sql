-- Petitions of every kind, from the day they come in. Who may see one: api/complaints/visible.rs.
CREATE TABLE complaints (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Random, told to the petitioner; never a sequence.
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    receiving_unit_id BYTEA NOT NULL REFERENCES units (id),
    -- The unit that handles it: its inspection committee, or its head.
    owner_unit_id BYTEA NOT NULL REFERENCES units (id),
    channel TEXT COLLATE "C" NOT NULL,
    received_on DATE NOT NULL,
    -- The account that took it in; empty: handed in without one.
    received_by BYTEA,
    matter TEXT COLLATE "C",
    competence TEXT COLLATE "C",
    instance BIGINT NOT NULL,
    previous_id BYTEA REFERENCES complaints (id),
    merged_into_id BYTEA REFERENCES complaints (id),
    petitioner_count BIGINT NOT NULL,
    -- JSON array: mass, bypass, hotspot, remote and so on.
    flags TEXT COLLATE "C" NOT NULL,
    complexity TEXT COLLATE "C" NOT NULL,
    -- Where the identity of who wrote it is kept: none, sealed_paper, vault.
    custody TEXT COLLATE "C" NOT NULL,
    paper_ref TEXT COLLATE "C",
    -- Whose decision is complained of.
    decision_unit_id BYTEA REFERENCES units (id),
    -- When the decision or act became known: limitation runs from it.
    known_on DATE,
    -- What handlers read; without what tells who wrote it.
    content_sealed BYTEA,
    -- As it was handed in.
    original_sealed BYTEA,
    result TEXT COLLATE "C",
    result_sealed BYTEA,
    forwarded_to TEXT COLLATE "C",
    accepted_on DATE,
    closed_on DATE,
    extended_count BIGINT NOT NULL
);
CREATE INDEX complaints_by_owner ON complaints (owner_unit_id, received_on, id);
CREATE INDEX complaints_by_day ON complaints (received_on, id);

-- What whoever took a petition in may see of it afterwards: its code and its day, under an id of its own.
CREATE TABLE complaint_receipts (
    id BYTEA PRIMARY KEY,
    created_at BIGINT NOT NULL,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    code TEXT COLLATE "C" NOT NULL,
    received_on DATE NOT NULL
);
CREATE INDEX complaint_receipts_by_account ON complaint_receipts (account_id, id);

-- Whom or what it is about. They, and whoever stands close to them, do not learn of it.
CREATE TABLE complaint_subjects (
    id BYTEA PRIMARY KEY,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    capacity TEXT COLLATE "C" NOT NULL,
    member_id BYTEA REFERENCES members (id),
    unit_id BYTEA REFERENCES units (id),
    -- The day of what it is about: who stood under her then keeps out, too.
    happened_on DATE,
    -- Of somebody who is not on the roll.
    name_sealed BYTEA
);
CREATE INDEX complaint_subjects_by_complaint ON complaint_subjects (complaint_id);
CREATE INDEX complaint_subjects_by_member ON complaint_subjects (member_id);
CREATE INDEX complaint_subjects_by_unit ON complaint_subjects (unit_id);

-- Who handles a case.
CREATE TABLE complaint_handlers (
    id BYTEA PRIMARY KEY,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    is_lead BOOLEAN NOT NULL,
    appointed_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX complaint_handlers_by_complaint ON complaint_handlers (complaint_id);
CREATE UNIQUE INDEX complaint_handlers_once ON complaint_handlers (account_id, complaint_id) WHERE ended_at IS NULL;

-- Who keeps out of a case, and why.
CREATE TABLE complaint_recusals (
    id BYTEA PRIMARY KEY,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    ground TEXT COLLATE "C" NOT NULL,
    reason_sealed BYTEA,
    recorded_at BIGINT NOT NULL,
    recorded_by BYTEA
);
CREATE UNIQUE INDEX complaint_recusals_once ON complaint_recusals (account_id, complaint_id);
CREATE INDEX complaint_recusals_by_complaint ON complaint_recusals (complaint_id);

-- Those who petition together, by number; who they are is kept elsewhere, or not at all.
CREATE TABLE complaint_parties (
    id BYTEA PRIMARY KEY,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    ordinal BIGINT NOT NULL,
    is_representative BOOLEAN NOT NULL,
    withdrawn_on DATE,
    was_coerced BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX complaint_parties_by_ordinal ON complaint_parties (complaint_id, ordinal);

-- Who they are, where the custody is the vault: sealed under a key of its own, each under a data key wrapped by it.
CREATE TABLE complaint_identities (
    party_id BYTEA PRIMARY KEY REFERENCES complaint_parties (id),
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    wrapped_key BYTEA NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX complaint_identities_by_complaint ON complaint_identities (complaint_id);

-- Requests to be shown an identity: asked with a reason, opened by a second person, for one hour.
CREATE TABLE identity_disclosures (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    party_id BYTEA NOT NULL REFERENCES complaint_parties (id),
    status TEXT COLLATE "C" NOT NULL,
    requested_by BYTEA NOT NULL REFERENCES accounts (id),
    reason_sealed BYTEA NOT NULL,
    answered_by BYTEA REFERENCES accounts (id),
    answered_at BIGINT,
    expires_at BIGINT,
    shown_count BIGINT NOT NULL
);
CREATE INDEX identity_disclosures_by_complaint ON identity_disclosures (complaint_id, id);

-- What was done in a case beside its steps: dialogues, notices, withdrawals, replies.
CREATE TABLE complaint_records (
    id BYTEA PRIMARY KEY,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    kind TEXT COLLATE "C" NOT NULL,
    happened_on DATE NOT NULL,
    recorded_at BIGINT NOT NULL,
    recorded_by BYTEA,
    text_sealed BYTEA,
    -- JSON object without personal data.
    facts TEXT COLLATE "C" NOT NULL
);
CREATE INDEX complaint_records_by_complaint ON complaint_records (complaint_id, id);

-- Between the petitioner (by code and PIN) and the office.
CREATE TABLE complaint_messages (
    id BYTEA PRIMARY KEY,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    is_from_petitioner BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    written_by BYTEA,
    text_sealed BYTEA NOT NULL
);
CREATE INDEX complaint_messages_by_complaint ON complaint_messages (complaint_id, id);

-- The PIN that goes with a code, hashed.
CREATE TABLE complaint_pins (
    complaint_id BYTEA PRIMARY KEY REFERENCES complaints (id),
    pin_hash TEXT COLLATE "C" NOT NULL,
    failed_count BIGINT NOT NULL,
    locked_until BIGINT
);

-- Time limits that run in a case, each with the policy it was computed by.
CREATE TABLE complaint_clocks (
    id BYTEA PRIMARY KEY,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    -- KN-ACC, TC-RES and so on.
    code TEXT COLLATE "C" NOT NULL,
    policy_id BYTEA,
    trigger_on DATE NOT NULL,
    due_on DATE NOT NULL,
    original_due_on DATE NOT NULL,
    moved_reason TEXT COLLATE "C",
    -- JSON array: the steps of the computation.
    basis TEXT COLLATE "C" NOT NULL,
    is_provisional BOOLEAN NOT NULL,
    stopped_on DATE,
    remaining_days BIGINT,
    met_on DATE
);
CREATE INDEX complaint_clocks_by_complaint ON complaint_clocks (complaint_id);
CREATE INDEX complaint_clocks_running ON complaint_clocks (due_on, id) WHERE met_on IS NULL;

-- What must be known at once: mass and hotspot cases.
CREATE TABLE complaint_alerts (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    complaint_id BYTEA NOT NULL REFERENCES complaints (id),
    kind TEXT COLLATE "C" NOT NULL,
    acknowledged_at BIGINT,
    acknowledged_by BYTEA
);
CREATE INDEX complaint_alerts_by_complaint ON complaint_alerts (complaint_id);
CREATE INDEX complaint_alerts_open ON complaint_alerts (created_at, id) WHERE acknowledged_at IS NULL;
