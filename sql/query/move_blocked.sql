-- The container $1 cannot leave the engine $2 at present, because of $3: it is tried again later and later.
INSERT INTO moves_blocked AS b (container_id, engine_id, reason, next_at)
VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => 2 * (0.75 + random() / 2)))
ON CONFLICT (container_id) DO UPDATE SET engine_id = excluded.engine_id, reason = excluded.reason,
    attempts = CASE WHEN b.engine_id = excluded.engine_id THEN b.attempts + 1 ELSE 1 END,
    next_at = clock_timestamp() + make_interval(secs => least(30, 2 ^ least(b.attempts, 10)) * (0.75 + random() / 2))
RETURNING attempts
