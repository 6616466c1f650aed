-- A later intent takes the place of what was still pending for the container $2 on engine $1, which is locked. An
-- executor that is at it keeps its claim until it has ended.
WITH superseded AS (
    UPDATE foreign_work SET status = 'superseded' WHERE engine_id = $1 AND docker_id = $2 AND status = 'pending'
    RETURNING operation_id
)
UPDATE operations SET pending = 0, superseded = 1, finished = now() WHERE id IN (SELECT operation_id FROM superseded)
