-- Forget the containers of an engine that goes: they become tombstones, and what waited for them fails.
WITH gone AS (
    UPDATE containers SET desired = 'removed', state = 'removed', removed_at = now(), due_at = NULL,
        intent_seq = intent_seq + 1, epoch = epoch + 1, claimed_by = NULL, claimed_until = NULL,
        error = 'its engine was removed from the pool'
    WHERE engine_id = $1 AND removed_at IS NULL RETURNING id
), items AS (
    UPDATE operation_items SET status = CASE WHEN cancelling THEN 'cancelled' ELSE 'failed' END,
        error = jsonb_build_object('code', 'conflict', 'detail', 'The engine was removed from the pool.')
    WHERE container_id IN (SELECT id FROM gone) AND status = 'pending' RETURNING operation_id, cancelling
)
UPDATE operations o SET pending = o.pending - s.n, failed = o.failed + s.n - s.cancelled,
    cancelled = o.cancelled + s.cancelled,
    finished = CASE WHEN o.pending = s.n THEN now() ELSE o.finished END
FROM (SELECT operation_id, count(*) AS n, count(*) FILTER (WHERE cancelling) AS cancelled FROM items
      GROUP BY operation_id) s
WHERE o.id = s.operation_id
