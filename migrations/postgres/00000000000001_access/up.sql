-- Who may come in, and what was done: accounts, roles, clients, sessions, keys, the audit trail.

-- One value each: the access epoch (raised by every change of rights), the installation id, and so on.
CREATE TABLE settings (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE accounts (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Lower case; what is typed at sign-in.
    username TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name TEXT COLLATE "C" NOT NULL,
    -- argon2id, PHC string. Empty until the first password is set by a one-time code.
    password_hash TEXT COLLATE "C" NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    password_changed_at BIGINT,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    failed_sign_ins BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    last_sign_in_at BIGINT,
    member_id BYTEA
);

-- Programs that ask for tokens: front ends (public) and machines (with a secret or a key set).
CREATE TABLE clients (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('front_end', 'service')),
    -- SHA-256 of a random 256-bit secret; a slow hash would add nothing to such a secret.
    secret_hash BYTEA,
    -- JSON Web Key Set with the public keys for private_key_jwt.
    jwks TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'disabled')),
    last_used_at BIGINT
);

-- A role in a unit, for an account or a service client, from a day to a day.
CREATE TABLE role_assignments (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    principal_id BYTEA NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    unit_id BYTEA NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE
);
CREATE INDEX role_assignments_by_principal ON role_assignments (principal_id);
CREATE INDEX role_assignments_by_unit ON role_assignments (unit_id);

CREATE TABLE sessions (
    id BYTEA PRIMARY KEY,
    principal_id BYTEA NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoke_reason TEXT COLLATE "C"
);
CREATE INDEX sessions_by_principal ON sessions (principal_id, expires_at);

-- Single use. A used one that comes back ends its session.
CREATE TABLE refresh_tokens (
    hash BYTEA PRIMARY KEY,
    session_id BYTEA NOT NULL REFERENCES sessions (id),
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE signing_keys (
    kid TEXT COLLATE "C" PRIMARY KEY,
    algorithm TEXT COLLATE "C" NOT NULL,
    public_key BYTEA NOT NULL,
    -- PKCS#8, sealed with the installation's master key.
    private_key_sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    -- Signs no more from here on; still verifies until expires_at.
    retired_at BIGINT,
    expires_at BIGINT
);

-- One-time codes by which a password is set: the first administrator, and every new account.
CREATE TABLE password_codes (
    hash BYTEA PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- Answers to writes that carried an Idempotency-Key, kept 24 hours in the transaction of their effect.
CREATE TABLE idempotency_keys (
    -- SHA-256 over client, caller, method, path and key.
    hash BYTEA PRIMARY KEY,
    fingerprint BYTEA NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Append-only. Written in the transaction of the change; numbered and chained (seq, hash) in commit order.
CREATE TABLE audit_events (
    id BYTEA PRIMARY KEY,
    seq BIGINT UNIQUE,
    hash BYTEA,
    -- The transaction and place of insertion on PostgreSQL, by which the sealer orders; 0 on SQLite.
    xid BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    ord BIGSERIAL,
    recorded_at BIGINT NOT NULL,
    effective_on DATE,
    action TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    resource_id BYTEA NOT NULL,
    resource_version BIGINT NOT NULL,
    -- Where it happened: what scopes the reading of the trail.
    unit_id BYTEA,
    actor_kind TEXT COLLATE "C" NOT NULL CHECK (actor_kind IN ('account', 'service', 'system', 'anonymous')),
    actor_id BYTEA,
    actor_role TEXT COLLATE "C",
    client_id TEXT COLLATE "C",
    request_id TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    -- JSON array of field names.
    changed_fields TEXT COLLATE "C" NOT NULL,
    -- JSON {before, after} of the changed fields, sealed: it may hold personal data, and may be erased;
    -- the chain covers its digest.
    changes_sealed BYTEA,
    changes_digest BYTEA
);
CREATE INDEX audit_events_by_resource ON audit_events (resource_id, resource_version);
CREATE INDEX audit_events_by_unit ON audit_events (unit_id, seq);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, seq);
CREATE INDEX audit_events_unsealed ON audit_events (ord) WHERE seq IS NULL;

-- Ids that clients made themselves, with what they sent: the same create, sent again years later, is recognised.
CREATE TABLE client_made_ids (
    id BYTEA PRIMARY KEY,
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
