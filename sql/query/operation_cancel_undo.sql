-- Undo what the operation $1 wants of its containers $2, which are locked. What no engine has been asked for is
-- cancelled with this statement: a container that nobody has begun is a tombstone at once. The rest is
-- cancelled when an executor has settled it.
WITH item AS (
    SELECT c.id, i.was_desired, i.was_state, c.epoch = i.was_epoch AS untouched,
           i.was_desired = 'absent' AND c.epoch = 0 AS gone, o.type = 'restart-container' AS restart
    FROM operations o JOIN operation_items i ON i.operation_id = o.id JOIN containers c ON c.id = i.container_id
    WHERE o.id = $1 AND i.status = 'pending' AND c.id = ANY ($2::text[])
), undone AS (
    UPDATE containers c SET
        desired = CASE item.was_desired WHEN 'absent' THEN 'removed' ELSE item.was_desired END,
        state = CASE WHEN item.gone THEN 'removed' WHEN item.was_desired = 'absent' THEN 'removing'
                     WHEN c.state = 'removing' THEN item.was_state ELSE c.state END,
        restart_seq = c.restart_seq - (item.restart AND item.untouched)::integer,
        intent_seq = c.intent_seq + 1, attempts = 0, error = NULL, changed_at = clock_timestamp(),
        removed_at = CASE WHEN item.gone THEN now() END, due_at = CASE WHEN NOT item.gone THEN now() END
    FROM item WHERE c.id = item.id
), freed AS (
    DELETE FROM port_bindings WHERE container_id IN (SELECT id FROM item WHERE gone)
), told AS (
    UPDATE operation_items i SET cancelling = true, error = NULL, note = NULL,
        status = CASE WHEN item.gone OR (item.untouched AND i.was_desired <> 'absent') THEN 'cancelled'
                      ELSE i.status END
    FROM item WHERE i.operation_id = $1 AND i.container_id = item.id RETURNING i.status
)
UPDATE operations o SET pending = o.pending - s.n, cancelled = o.cancelled + s.n,
    finished = CASE WHEN o.pending = s.n THEN now() ELSE o.finished END
FROM (SELECT count(*) FILTER (WHERE status = 'cancelled') AS n FROM told) s WHERE o.id = $1
