-- Containers whose old copy is kept and whose new one does not come up go back to the old one, which becomes the next
-- generation: those of the engine $1 (NULL: of any) whose new one is on $4 (NULL: wherever), since $2 seconds at least,
-- and, where $3 is false, only those of an engine of which nobody works on one at this moment, and one has not come up.
-- One that was stopped meanwhile goes back, too, without its old copy, which ran. The rows are locked by this; returned are
-- those that should run.
WITH chosen AS (
    SELECT r.*, c.error, c.desired = 'running' AS wanted, c.desired = 'running' OR r.state <> 'running' AS taken
    FROM replacements r JOIN containers c ON c.id = r.container_id
    WHERE (r.engine_id = $1 OR $1 IS NULL) AND (c.engine_id = $4 OR $4 IS NULL)
      AND r.since < clock_timestamp() - make_interval(secs => $2::integer)
      AND c.desired <> 'removed' AND c.removed_at IS NULL
      AND ($3::boolean OR (SELECT bool_and(coalesce(k.claimed_until < now(), true))
                                  AND bool_or(k.desired = 'running' AND (k.state <> 'running' OR k.docker_id IS NULL))
                           FROM replacements o JOIN containers k ON k.id = o.container_id WHERE o.engine_id = r.engine_id))
    ORDER BY r.container_id FOR UPDATE OF c SKIP LOCKED
), gone AS (
    DELETE FROM replacements r USING chosen WHERE r.container_id = chosen.container_id
), freed AS (
    DELETE FROM port_bindings b USING chosen
    WHERE b.container_id = chosen.container_id AND b.engine_id <> chosen.engine_id
), back AS (
    UPDATE containers c SET engine_id = chosen.engine_id, docker_id = CASE WHEN taken THEN chosen.docker_id END,
        generation = c.generation + 1, doc = jsonb_set(c.doc, '{ports}', chosen.ports),
        state = CASE WHEN taken THEN chosen.state ELSE 'missing' END,
        due_at = CASE WHEN wanted OR c.due_at IS NOT NULL THEN now() END, attempts = 0, error = NULL,
        claimed_by = NULL, claimed_until = NULL, epoch = c.epoch + 1, changed_at = clock_timestamp()
    FROM chosen WHERE c.id = chosen.container_id RETURNING c.id, c.generation
), known AS (
    INSERT INTO adoptions (engine_id, docker_id, container_id, generation)
    SELECT chosen.engine_id, chosen.docker_id, back.id, back.generation FROM chosen JOIN back ON back.id = chosen.container_id
    WHERE taken
    ON CONFLICT (engine_id, docker_id) DO UPDATE SET generation = excluded.generation
)
SELECT container_id, engine_id, coalesce(error, 'its new copy did not come up') AS reason FROM chosen WHERE wanted
