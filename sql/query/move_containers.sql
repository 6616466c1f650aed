-- The locked containers $1 (JSON array of {id, engine_id, ports}) go to other engines, because of $2. Whoever works on one
-- at this moment has lost his claim, and what he made, or still makes, is proved obsolete by the newer generation. $3 true:
-- a copy that runs goes on, and counts, until the new one runs; one that was stopped is kept as long.
WITH item AS (
    SELECT x.*, o.position::integer AS position
    FROM json_array_elements($1::json) WITH ORDINALITY AS o(element, position),
         json_to_record(o.element) AS x(id text, engine_id text, ports json)
), placed AS (
    INSERT INTO placements (doc) VALUES ($2::jsonb) RETURNING id
), kept AS (
    INSERT INTO replacements (container_id, engine_id, docker_id, ports, state)
    SELECT c.id, c.engine_id, c.docker_id, c.doc -> 'ports', c.state FROM item JOIN containers c ON c.id = item.id
    WHERE $3::boolean AND c.docker_id IS NOT NULL
      AND (c.state = 'running' AND c.desired = 'running' OR c.state IN ('exited', 'created') AND c.desired = 'stopped')
    ON CONFLICT (container_id) DO NOTHING RETURNING container_id
), unblocked AS (
    DELETE FROM moves_blocked b USING item WHERE b.container_id = item.id
), freed AS (
    DELETE FROM port_bindings b USING item
    WHERE b.container_id = item.id
      AND NOT EXISTS (SELECT FROM kept WHERE container_id = item.id)
      AND NOT EXISTS (SELECT FROM replacements r WHERE r.container_id = item.id AND r.engine_id = b.engine_id)
)
UPDATE containers c SET engine_id = item.engine_id, generation = c.generation + 1, tried = '{}',
    doc = jsonb_set(c.doc, '{ports}', item.ports::jsonb), docker_id = NULL, exit_code = NULL, error = NULL,
    started = c.started OR (c.desired = 'running' AND EXISTS (SELECT FROM kept WHERE container_id = c.id)),
    state = CASE WHEN c.desired <> 'running' THEN 'missing'
                 WHEN EXISTS (SELECT FROM kept WHERE container_id = c.id)
                      OR EXISTS (SELECT FROM replacements r WHERE r.container_id = c.id AND r.state = 'running') THEN 'running'
                 ELSE 'placed' END,
    due_at = CASE WHEN c.desired = 'running' OR c.due_at IS NOT NULL THEN now() END, attempts = 0,
    claimed_by = NULL, claimed_until = NULL, epoch = c.epoch + 1, changed_at = clock_timestamp(),
    placement_id = placed.id, placement_step = item.position
FROM item, placed WHERE c.id = item.id
