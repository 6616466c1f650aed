-- A claimed row ($1, epoch $2) goes to another engine: $3, with the ports $4, because of $5; the old one
-- joins `tried`.
WITH placed AS (
    INSERT INTO placements (doc) VALUES ($5::jsonb) RETURNING id
), moved AS (
    UPDATE containers SET engine_id = $3, generation = generation + 1, tried = tried || engine_id,
        doc = jsonb_set(doc, '{ports}', $4::jsonb), docker_id = NULL, state = 'placed', due_at = now(),
        attempts = 0, claimed_by = NULL, claimed_until = NULL, changed_at = clock_timestamp(),
        placement_id = (SELECT id FROM placed), placement_step = 1
    WHERE id = $1 AND epoch = $2::bigint AND desired = 'running' RETURNING id
), freed AS (
    DELETE FROM port_bindings WHERE container_id IN (SELECT id FROM moved)
)
SELECT id FROM moved
