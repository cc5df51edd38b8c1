-- Steps of objects with a life cycle (trainings, inspections, complaints), as they were taken.
CREATE TABLE state_events (
    id BYTEA PRIMARY KEY,
    object_id BYTEA NOT NULL,
    object_version BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    from_state TEXT COLLATE "C",
    to_state TEXT COLLATE "C" NOT NULL,
    actor_role TEXT COLLATE "C",
    actor_id BYTEA,
    effective_on DATE,
    reason TEXT COLLATE "C"
);
CREATE INDEX state_events_by_object ON state_events (object_id, object_version, id);

-- Kinship between people on the roll, as declared: who is kin neither inspects nor handles. Each pair once, the
-- smaller id first.
CREATE TABLE kinships (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    member_id BYTEA NOT NULL REFERENCES members (id),
    relative_id BYTEA NOT NULL REFERENCES members (id),
    relation TEXT COLLATE "C" NOT NULL,
    ended_on DATE
);
CREATE UNIQUE INDEX kinships_once ON kinships (member_id, relative_id);
CREATE INDEX kinships_by_relative ON kinships (relative_id);
