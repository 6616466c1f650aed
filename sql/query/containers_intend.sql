-- Change what is wanted of the containers $1: desired $2; $3 true: one more restart is asked for. The
-- operation $4 owns the intent; items of earlier operations that were still pending are superseded. The rows
-- are locked already.
WITH wanted AS (
    SELECT c.id, w.position::integer AS position, c.desired, c.state, c.epoch
    FROM unnest($1::text[]) WITH ORDINALITY AS w(id, position) JOIN containers c USING (id)
    WHERE c.removed_at IS NULL AND (c.desired <> 'removed' OR $2 = 'removed')
), changed AS (
    UPDATE containers c SET desired = $2, intent_seq = c.intent_seq + 1,
        restart_seq = c.restart_seq + CASE WHEN $3::boolean THEN 1 ELSE 0 END, operation_id = $4,
        due_at = now(), attempts = 0, error = NULL,
        state = CASE WHEN $2 = 'removed' THEN 'removing' ELSE c.state END,
        changed_at = clock_timestamp()
    FROM wanted WHERE c.id = wanted.id RETURNING c.id
), superseded AS (
    UPDATE operation_items i SET status = CASE WHEN i.cancelling THEN 'cancelled' ELSE 'superseded' END
    WHERE i.container_id IN (SELECT id FROM changed) AND i.status = 'pending' RETURNING i.operation_id, i.cancelling
), counted AS (
    UPDATE operations o SET pending = o.pending - s.n,
        superseded = o.superseded + s.n - s.cancelled, cancelled = o.cancelled + s.cancelled,
        finished = CASE WHEN o.pending = s.n THEN now() ELSE o.finished END
    FROM (SELECT operation_id, count(*) AS n, count(*) FILTER (WHERE cancelling) AS cancelled FROM superseded
          GROUP BY operation_id) s
    WHERE o.id = s.operation_id
), items AS (
    INSERT INTO operation_items (operation_id, container_id, position, was_desired, was_state, was_epoch)
    SELECT $4, wanted.id, wanted.position, wanted.desired, wanted.state, wanted.epoch
    FROM wanted JOIN changed USING (id)
)
UPDATE operations SET pending = (SELECT count(*) FROM changed),
    finished = CASE WHEN NOT EXISTS (SELECT FROM changed) THEN now() END
WHERE id = $4
