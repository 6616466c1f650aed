-- Operations can be cancelled, and listed by what became of them.

-- Items that ended otherwise than done: counted here, so that a list needs no look at all items.
ALTER TABLE operations
    ADD COLUMN failed integer NOT NULL DEFAULT 0,
    ADD COLUMN superseded integer NOT NULL DEFAULT 0,
    ADD COLUMN cancelled integer NOT NULL DEFAULT 0;
-- A destroy that another destroy has overtaken did happen.
ALTER TABLE operations ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN finished IS NULL THEN 'running'
         WHEN cancelled > 0 THEN 'cancelled'
         WHEN failed > 0 OR (superseded > 0 AND type <> 'destroy-container') THEN 'failed'
         ELSE 'done' END) STORED;
CREATE INDEX operations_newest ON operations (created DESC, id DESC);

-- What a cancel goes back to. was_desired: what was wanted before the operation; 'absent' = it made the container;
-- NULL = not known (written by an earlier version), so that nothing can be gone back to.
ALTER TABLE operation_items
    DROP CONSTRAINT operation_items_status_check,
    ADD CONSTRAINT operation_items_status_check
        CHECK (status IN ('pending', 'done', 'failed', 'superseded', 'cancelled')),
    ADD COLUMN was_desired text CHECK (was_desired IN ('absent', 'running', 'stopped', 'removed')),
    ADD COLUMN was_state text,
    ADD COLUMN was_epoch bigint, -- the container's epoch while certainly no engine has been asked for it
    ADD COLUMN cancelling boolean NOT NULL DEFAULT false, -- pending: it is being undone; then it is cancelled
    ADD COLUMN note text; -- why a cancel left it alone, for people

-- Items as clients see them. phase: what a pending one is at; waiting = for its engine, which is away.
CREATE VIEW operation_item_states AS
SELECT i.operation_id, i.position, i.container_id, c.engine_id, i.status, i.error::text AS error, i.note, c.state,
       CASE WHEN i.status <> 'pending' THEN i.status
            WHEN e.status = 'down' THEN 'waiting'
            WHEN i.cancelling THEN 'cancelling'
            WHEN c.claimed_until < now() OR c.claimed_until IS NULL THEN 'queued'
            WHEN to_jsonb(i) -> 'progress' <> 'null' THEN 'pulling'
            ELSE 'working' END AS phase,
       e.doc -> 'health' ->> 'reason' AS engine_reason,
       CASE WHEN i.status = 'pending' THEN to_jsonb(i) ->> 'progress' END AS progress
FROM operation_items i JOIN containers c ON c.id = i.container_id LEFT JOIN engines e ON e.id = c.engine_id;
GRANT SELECT ON operation_item_states TO berth_worker, berth_keeper;
