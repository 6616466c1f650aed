-- The copy of a claimed row ($1, epoch $2) that was adopted is gone: the next one is another generation, and bears
-- berth's labels.
UPDATE containers SET generation = generation + 1, docker_id = NULL, state = 'missing', changed_at = clock_timestamp()
WHERE id = $1 AND epoch = $2::bigint RETURNING generation
