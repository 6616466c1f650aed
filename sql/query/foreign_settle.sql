-- What came of claimed work ($1, epoch $2): $3 its status, or NULL (it stays pending, due in $5 seconds), $4 its error;
-- $6 the container's state now, or NULL = not known. Later claimants' and later intents' rows are not touched.
WITH changed AS (
    UPDATE foreign_work SET status = CASE WHEN status = 'pending' THEN coalesce($3, status) ELSE status END,
        error = $4::jsonb, attempts = attempts + 1, due_at = now() + make_interval(secs => $5),
        claimed_by = NULL, claimed_until = NULL
    WHERE operation_id = $1 AND epoch = $2::bigint RETURNING operation_id, engine_id, docker_id, status
), shown AS (
    UPDATE foreign_containers f SET running = $6::text = 'running',
        doc = jsonb_set(f.doc, '{state}', to_jsonb($6::text)), changed_at = clock_timestamp()
    FROM changed c WHERE f.engine_id = c.engine_id AND f.docker_id = c.docker_id AND $6::text IS NOT NULL
), operation AS (
    UPDATE operations o SET pending = 0, failed = CASE c.status WHEN 'failed' THEN 1 ELSE 0 END, finished = now()
    FROM changed c WHERE o.id = c.operation_id AND c.status IN ('done', 'failed') AND o.finished IS NULL RETURNING o.id
)
SELECT EXISTS (SELECT FROM operation) AS finished
