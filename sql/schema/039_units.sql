-- A link joins what is on one engine: Docker knows no other. A container of the same name on another engine, as an adopted
-- one may be linked to something that is not the pool's, is no part of a unit.
CREATE OR REPLACE FUNCTION container_unit(of text) RETURNS TABLE (id text, depth integer) LANGUAGE sql STABLE AS $body$
    WITH RECURSIVE unit(id, name, links, engine_id) AS (
        SELECT c.id, c.name, c.links, c.engine_id FROM containers c WHERE c.id = of
        UNION
        SELECT other.id, other.name, other.links, other.engine_id
        FROM unit u CROSS JOIN LATERAL (
            SELECT c.id, c.name, c.links, c.engine_id FROM containers c
            WHERE c.name = ANY (u.links) AND c.removed_at IS NULL AND c.desired <> 'removed'
            UNION ALL
            SELECT c.id, c.name, c.links, c.engine_id FROM containers c
            WHERE c.links @> ARRAY[u.name] AND c.links <> '{}' AND c.removed_at IS NULL AND c.desired <> 'removed') other
        WHERE other.engine_id = u.engine_id
    ), walk(id, name, depth) AS (
        SELECT unit.id, unit.name, 0 FROM unit
        UNION
        SELECT u.id, u.name, walk.depth + 1 FROM walk JOIN unit u ON walk.name = ANY (u.links)
        WHERE walk.depth < 64
    )
    SELECT walk.id, max(walk.depth) FROM walk GROUP BY walk.id
$body$;

-- As before, but that a copy which comes back (replacement_undo.sql) renews nothing: those that are linked to it come back
-- with it, one after the other in no order, and were linked to this copy all the time.
CREATE OR REPLACE FUNCTION container_renew_links() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $body$
BEGIN
    IF EXISTS (SELECT FROM adoptions a WHERE a.engine_id = NEW.engine_id AND a.docker_id = NEW.docker_id
               AND a.container_id = NEW.id AND a.generation = NEW.generation) THEN
        UPDATE containers c SET linked = c.linked || jsonb_build_object(NEW.name, NEW.docker_id)
        WHERE c.links @> ARRAY[NEW.name] AND c.links <> '{}' AND c.removed_at IS NULL AND c.engine_id = NEW.engine_id
          AND c.docker_id IS NOT NULL AND c.linked ->> NEW.name IS DISTINCT FROM NEW.docker_id;
        RETURN NULL;
    END IF;
    WITH renewed AS (
        UPDATE containers c SET generation = c.generation + 1, docker_id = NULL, state = 'missing', linked = NULL,
            due_at = CASE WHEN c.desired = 'running' THEN now() ELSE c.due_at END,
            epoch = c.epoch + 1, claimed_by = NULL, claimed_until = NULL, changed_at = clock_timestamp()
        WHERE c.links @> ARRAY[NEW.name] AND c.links <> '{}' AND c.removed_at IS NULL AND c.desired <> 'removed'
          AND c.engine_id = NEW.engine_id AND c.docker_id IS NOT NULL
          AND c.linked ->> NEW.name IS DISTINCT FROM NEW.docker_id AND c.linked IS NOT NULL
        RETURNING c.id, c.engine_id
    )
    INSERT INTO events (type, tags, message, container_id, engine_id)
    SELECT 'relink-container', '{cluster}', 'id=' || id || ' to=' || NEW.name, id, engine_id FROM renewed;
    RETURN NULL;
END
$body$;
