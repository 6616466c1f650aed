-- Claim due work on containers that are not the pool's for $1, for $2 seconds, at most $3 rows. What was asked for
-- later waits until the claim of what was asked for earlier has ended.
WITH due AS (
    SELECT w.operation_id FROM foreign_work w
    WHERE w.status = 'pending' AND w.due_at <= now() AND (w.claimed_until IS NULL OR w.claimed_until < now())
      AND NOT is_withheld(w.operation_id)
      AND NOT EXISTS (SELECT FROM foreign_work o WHERE o.engine_id = w.engine_id AND o.docker_id = w.docker_id
                          AND o.operation_id <> w.operation_id AND o.claimed_until >= now())
    ORDER BY w.due_at LIMIT $3::integer FOR UPDATE SKIP LOCKED
)
UPDATE foreign_work w SET claimed_by = $1, claimed_until = now() + make_interval(secs => $2), epoch = w.epoch + 1
FROM due WHERE w.operation_id = due.operation_id
RETURNING w.operation_id, w.engine_id, w.docker_id, w.action, w.started_before, w.error ->> 'detail' AS last_error, w.epoch, w.attempts
