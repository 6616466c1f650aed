-- What came of a claimed row. $1 id, $2 epoch (a later claimant's work is not touched), $3 intent that was
-- worked on, $4 its operation, $5 state, $6 Docker id, $7 exit code, $8 restarts done, $9 error for people,
-- $10 the new desired or NULL, $11 seconds until the next attempt or NULL, $12 the item's status or NULL (it
-- stays pending), $13 the error with its code, $14 true: the engine has certainly not been touched. What fails for a reason
-- of its own counts as an exit (030_crash_loop.sql). While an old copy is kept until this one runs (replacements), the
-- container runs, and is not given up. The row is done with unless the intent has changed meanwhile: then it is due again, a
-- removed one too, so that the new intent's operation finds its end.
WITH old AS (
    SELECT EXISTS (SELECT FROM replacements WHERE container_id = $1 AND state = 'running') AS kept
), changed AS (
    UPDATE containers SET state = CASE WHEN desired = 'removed'
                                        AND (intent_seq <> $3::bigint OR $5 NOT IN ('removed', 'failed'))
                                       THEN 'removing'
                                       WHEN $6::text IS NULL AND $5 IN ('placed', 'missing') AND (SELECT kept FROM old) THEN 'running'
                                       ELSE $5 END,
        docker_id = $6, exit_code = $7::integer, restart_done = $8::bigint, error = $9,
        started = started OR $5 = 'running',
        exits = exits + (desired = 'running' AND $9::text IS NOT NULL AND NOT $14::boolean AND NOT (SELECT kept FROM old)
            AND coalesce($13::jsonb ->> 'code', '') NOT IN ('unavailable', 'engine_unreachable', 'engine_timeout', 'no_capacity'))::integer,
        attempts = CASE WHEN $9::text IS NULL THEN 0 ELSE attempts + 1 END,
        desired = CASE WHEN intent_seq = $3::bigint AND NOT (SELECT kept FROM old) THEN coalesce($10, desired) ELSE desired END,
        removed_at = CASE WHEN $5 IN ('removed', 'failed') AND intent_seq = $3::bigint THEN now() END,
        due_at = CASE WHEN intent_seq <> $3::bigint THEN now() ELSE now() + make_interval(secs => $11) END,
        claimed_by = NULL, claimed_until = NULL, changed_at = clock_timestamp()
    WHERE id = $1 AND epoch = $2::bigint RETURNING id, removed_at, intent_seq
), freed AS (
    DELETE FROM port_bindings WHERE container_id IN (SELECT id FROM changed WHERE removed_at IS NOT NULL)
), item AS (
    UPDATE operation_items SET error = $13::jsonb,
        status = CASE WHEN $12::text IS NULL THEN status WHEN cancelling AND $12 = 'done' THEN 'cancelled' ELSE $12 END,
        was_epoch = CASE WHEN $14::boolean AND was_epoch = $2::bigint - 1 THEN $2::bigint ELSE was_epoch END
    WHERE operation_id = $4 AND container_id = $1 AND status = 'pending' AND ($12::text IS NOT NULL OR $14::boolean)
      AND EXISTS (SELECT FROM changed WHERE intent_seq = $3::bigint) RETURNING operation_id, status
), operation AS (
    UPDATE operations o SET pending = o.pending - 1, finished = CASE WHEN o.pending = 1 THEN now() END,
        failed = o.failed + (item.status = 'failed')::integer,
        cancelled = o.cancelled + (item.status = 'cancelled')::integer
    FROM item WHERE o.id = item.operation_id AND item.status <> 'pending' RETURNING o.finished
)
SELECT EXISTS (SELECT FROM changed) AS changed, (SELECT finished FROM operation) IS NOT NULL AS finished
