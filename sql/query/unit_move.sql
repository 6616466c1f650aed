-- A claimed row ($1, epoch $2), and those that links join with it, go to another engine: $3, with the ports of $4,
-- JSON array of {id, ports}, because of $5; the old engine joins `tried` of each.
WITH given AS (
    SELECT id, ports FROM json_to_recordset($4::json) AS x(id text, ports jsonb)
    WHERE EXISTS (SELECT FROM containers WHERE id = $1 AND epoch = $2::bigint AND desired = 'running' FOR UPDATE)
), placed AS (
    INSERT INTO placements (doc) VALUES ($5::jsonb) RETURNING id
), moved AS (
    UPDATE containers c SET engine_id = $3, generation = generation + 1, tried = tried || engine_id,
        doc = jsonb_set(doc, '{ports}', given.ports), docker_id = NULL, due_at = now(),
        state = CASE WHEN c.desired = 'running'
                          AND EXISTS (SELECT FROM replacements r WHERE r.container_id = c.id AND r.state = 'running')
                     THEN 'running' ELSE 'placed' END,
        attempts = 0, claimed_by = NULL, claimed_until = NULL, changed_at = clock_timestamp(),
        epoch = epoch + (c.id <> $1)::integer, placement_id = (SELECT id FROM placed), placement_step = 1
    FROM given WHERE c.id = given.id AND c.removed_at IS NULL RETURNING c.id
), freed AS (
    DELETE FROM port_bindings b WHERE container_id IN (SELECT id FROM moved)
        AND NOT EXISTS (SELECT FROM replacements r WHERE r.container_id = b.container_id AND r.engine_id = b.engine_id)
)
SELECT id FROM moved
