-- The claims under the name $1 of what is among $3 hold for $2 more seconds.
WITH others AS (
    UPDATE foreign_work SET claimed_until = now() + make_interval(secs => $2)
    WHERE operation_id = ANY ($3::text[]) AND claimed_by = $1 AND claimed_until IS NOT NULL
)
UPDATE containers SET claimed_until = now() + make_interval(secs => $2)
WHERE id = ANY ($3::text[]) AND claimed_by = $1 AND claimed_until IS NOT NULL
