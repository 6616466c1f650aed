WITH others AS (
    UPDATE foreign_work SET claimed_until = now() + make_interval(secs => $2)
    WHERE claimed_by = $1 AND claimed_until IS NOT NULL
)
UPDATE containers SET claimed_until = now() + make_interval(secs => $2)
WHERE claimed_by = $1 AND claimed_until IS NOT NULL
