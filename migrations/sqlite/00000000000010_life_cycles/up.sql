-- Steps of objects with a life cycle (trainings, inspections, complaints), as they were taken.
CREATE TABLE state_events (
    id BLOB PRIMARY KEY,
    object_id BLOB NOT NULL,
    object_version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    actor_role TEXT,
    actor_id BLOB,
    effective_on TEXT,
    reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX state_events_by_object ON state_events (object_id, object_version, id);

-- Kinship between people on the roll, as declared: who is kin neither inspects nor handles. Each pair once, the
-- smaller id first.
CREATE TABLE kinships (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    relative_id BLOB NOT NULL REFERENCES members (id),
    relation TEXT NOT NULL,
    ended_on TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX kinships_once ON kinships (member_id, relative_id);
CREATE INDEX kinships_by_relative ON kinships (relative_id);
