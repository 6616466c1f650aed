-- The freeze "restored" has ended: rows of which a newer copy was seen get a generation at which that copy proves nothing
-- against them. One on the row's own engine is looked for there, and taken for the row's. One elsewhere, or of a row that
-- is to be removed, is obsolete then; what the row itself has on its engine goes on, as an adopted copy does.
WITH newer AS (
    DELETE FROM newer_copies RETURNING *
), chosen AS (
    SELECT n.container_id, n.generation, n.engine_id = c.engine_id AND c.desired <> 'removed' AS taken,
           c.removed_at IS NULL AND c.desired <> 'removed' AS wanted
    FROM newer n JOIN containers c ON c.id = n.container_id AND c.generation < n.generation FOR UPDATE OF c
), raised AS (
    UPDATE containers c SET generation = chosen.generation + (NOT taken)::integer,
        docker_id = CASE WHEN NOT taken THEN c.docker_id END,
        state = CASE WHEN taken OR wanted AND c.docker_id IS NULL THEN 'placed' ELSE c.state END,
        due_at = CASE WHEN wanted THEN now() ELSE c.due_at END, attempts = 0,
        claimed_by = NULL, claimed_until = NULL, epoch = c.epoch + 1, changed_at = clock_timestamp()
    FROM chosen WHERE c.id = chosen.container_id
    RETURNING c.id, c.engine_id, c.docker_id, c.generation, wanted
)
INSERT INTO adoptions (engine_id, docker_id, container_id, generation)
SELECT engine_id, docker_id, id, generation FROM raised WHERE wanted AND docker_id IS NOT NULL
ON CONFLICT (engine_id, docker_id) DO UPDATE SET generation = excluded.generation
