-- What is wanted of a container that is not the pool's is done once, and can be called off until an executor takes it.
ALTER TABLE foreign_work
    DROP CONSTRAINT foreign_work_status_check,
    ADD CONSTRAINT foreign_work_status_check CHECK (status IN ('pending', 'done', 'failed', 'superseded', 'cancelled')),
    -- A restart that may have been asked for: Docker's StartedAt as it was just before. Another one now = it happened.
    ADD COLUMN started_before text,
    ADD COLUMN note text; -- why a cancel left it alone, for people

CREATE OR REPLACE VIEW foreign_item_states AS
SELECT w.operation_id, 1 AS position, w.docker_id AS container_id, w.engine_id, w.status, w.error::text AS error,
       w.note, coalesce(f.doc ->> 'state', 'missing') AS state,
       CASE WHEN w.status <> 'pending' THEN w.status
            WHEN e.status = 'down' THEN 'waiting'
            WHEN w.claimed_until < now() OR w.claimed_until IS NULL THEN 'queued'
            ELSE 'working' END AS phase,
       e.doc -> 'health' ->> 'reason' AS engine_reason, NULL::text AS progress
FROM foreign_work w
LEFT JOIN foreign_containers f ON f.engine_id = w.engine_id AND f.docker_id = w.docker_id
LEFT JOIN engines e ON e.id = w.engine_id;
