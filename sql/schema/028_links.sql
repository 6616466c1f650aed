-- Links: a container's links name those that it is linked to, by the names that are unique in the pool. Docker links
-- containers of one engine only, so those that links join are one unit: they are placed together and move together.

CREATE FUNCTION link_names(links jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce(array_agg(name ORDER BY name), '{}')
    FROM jsonb_object_keys(CASE jsonb_typeof(links) WHEN 'object' THEN links ELSE '{}' END) AS name
$body$;
ALTER TABLE containers
    ADD COLUMN links text[] COLLATE "C" NOT NULL GENERATED ALWAYS AS (link_names(doc -> 'image' -> 'links')) STORED,
    -- name -> Docker id of those that its present copy was linked to; NULL = not known
    ADD COLUMN linked jsonb;
CREATE INDEX containers_links ON containers USING gin (links) WHERE removed_at IS NULL AND links <> '{}';

-- The unit of the container `of`: all that live and are joined with it by links, in whatever direction and however
-- far, and the container itself. depth: 0 = linked to none of them, else one more than the deepest that it is linked to:
-- whoever creates and starts them goes from 0 up.
CREATE FUNCTION container_unit(of text) RETURNS TABLE (id text, depth integer) LANGUAGE sql STABLE AS $body$
    WITH RECURSIVE unit(id, name, links) AS (
        SELECT c.id, c.name, c.links FROM containers c WHERE c.id = of
        UNION
        SELECT other.id, other.name, other.links
        FROM unit u CROSS JOIN LATERAL (
            SELECT c.id, c.name, c.links FROM containers c
            WHERE c.name = ANY (u.links) AND c.removed_at IS NULL AND c.desired <> 'removed'
            UNION ALL
            SELECT c.id, c.name, c.links FROM containers c
            WHERE c.links @> ARRAY[u.name] AND c.links <> '{}' AND c.removed_at IS NULL AND c.desired <> 'removed') other
    ), walk(id, name, depth) AS (
        SELECT unit.id, unit.name, 0 FROM unit
        UNION
        SELECT u.id, u.name, walk.depth + 1 FROM walk JOIN unit u ON walk.name = ANY (u.links)
        WHERE walk.depth < 64
    )
    SELECT walk.id, max(walk.depth) FROM walk GROUP BY walk.id
$body$;

-- Which copies a copy is linked to, as of the moment when its Docker id is written down.
CREATE FUNCTION container_note_links() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $body$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.docker_id IS NOT DISTINCT FROM OLD.docker_id THEN
        RETURN NEW;
    END IF;
    NEW.linked := (SELECT coalesce(jsonb_object_agg(c.name, c.docker_id), '{}') FROM containers c
                   WHERE c.name = ANY (link_names(NEW.doc -> 'image' -> 'links')) AND c.removed_at IS NULL);
    RETURN NEW;
END
$body$;
CREATE TRIGGER container_note_links BEFORE INSERT OR UPDATE OF docker_id ON containers FOR EACH ROW
    WHEN (NEW.docker_id IS NOT NULL AND NEW.doc -> 'image' -> 'links' <> '{}')
    EXECUTE FUNCTION container_note_links();

-- Docker renews the address of a link when the other container restarts, but a link ends with the copy that it goes
-- to. When there is a new copy, those that are linked to the old one are made again, as a next generation. An
-- executor that is at one of them is fenced off.
CREATE FUNCTION container_renew_links() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $body$
BEGIN
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
CREATE TRIGGER container_renew_links AFTER UPDATE OF docker_id ON containers FOR EACH ROW
    WHEN (NEW.docker_id IS NOT NULL AND NEW.docker_id IS DISTINCT FROM OLD.docker_id)
    EXECUTE FUNCTION container_renew_links();
