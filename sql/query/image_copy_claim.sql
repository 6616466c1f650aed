-- $3 copies the image $2 to the engine $1, or goes on doing so, for $4 seconds; no row: another does.
INSERT INTO image_copies AS c (engine_id, image, claimed_by, claimed_until)
VALUES ($1, $2, $3, now() + make_interval(secs => $4))
ON CONFLICT (engine_id, image) DO UPDATE SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
    WHERE c.claimed_by = excluded.claimed_by OR c.claimed_until < now()
RETURNING engine_id
