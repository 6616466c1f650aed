-- Old copies that are not needed any more: the new one has been running for a second, or none is wanted; of containers
-- that left an engine together that must be true of all.
WITH state AS (
    SELECT r.container_id, r.engine_id, c.engine_id AS new_engine_id,
           c.desired <> 'running' OR c.removed_at IS NOT NULL
           OR (c.state = 'running' AND c.docker_id IS NOT NULL
               AND c.changed_at < clock_timestamp() - interval '1 second') AS done
    FROM replacements r JOIN containers c ON c.id = r.container_id
), done AS (
    DELETE FROM replacements r USING state
    WHERE state.container_id = r.container_id
      AND NOT EXISTS (SELECT FROM state other WHERE other.engine_id = state.engine_id AND NOT other.done)
    RETURNING r.container_id, r.engine_id, state.new_engine_id
), freed AS (
    DELETE FROM port_bindings b USING done
    WHERE b.container_id = done.container_id AND b.engine_id = done.engine_id AND done.engine_id <> done.new_engine_id
)
SELECT container_id, engine_id FROM done
