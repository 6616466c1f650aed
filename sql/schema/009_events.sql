-- The history: quick to filter, verifiable, and kept for a limited time.

-- Tags as they are compared: without case.
CREATE FUNCTION event_tags(tags text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT string_to_array(lower(array_to_string(tags, E'\x1f')), E'\x1f')
$body$;

-- One index for each filter, in the order of the list; GIN for tags, of which an event may have several.
CREATE INDEX events_type ON events (type, txid, id);
CREATE INDEX events_container ON events (container_id, txid, id) WHERE container_id IS NOT NULL;
CREATE INDEX events_engine ON events (engine_id, txid, id) WHERE engine_id IS NOT NULL;
CREATE INDEX events_account ON events (account, txid, id) WHERE account IS NOT NULL;
CREATE INDEX events_tags ON events USING gin (event_tags(tags));

-- A page of the history. An event's place is (txid, id). Newest first: from before (cursor_txid, cursor_id), or from
-- the newest. Forward: oldest first, from after it on, and only what stands below the oldest running transaction:
-- nothing can come to stand before it any more, so that a reader who goes on from its last one misses none.
-- It is planned for each call, with the filters that are given: a plan made for all of them would use no index.
CREATE FUNCTION event_page(forward boolean, count integer, since timestamptz, until timestamptz, of_type text, tag text,
                           container text, engine text, of_account text, cursor_txid xid8, cursor_id bigint)
RETURNS TABLE (document text, txid xid8, id bigint) LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN QUERY EXECUTE 'SELECT e.document, e.txid, e.id FROM event_documents e
        WHERE ($2 IS NULL OR e.time >= $2) AND ($3 IS NULL OR e.time < $3) AND ($4 IS NULL OR e.type = $4)
          AND ($5 IS NULL OR event_tags(e.tags) @> event_tags(ARRAY[$5]))
          AND ($6 IS NULL OR (e.container_id >= $6 AND e.container_id < $6 || ''g'')) -- ids are hexadecimal
          AND ($7 IS NULL OR e.engine_id = $7) AND ($8 IS NULL OR e.account = $8)
          AND ($9 IS NULL OR (e.txid, e.id) ' || CASE WHEN forward THEN '>' ELSE '<' END || ' ($9, $10))'
        || CASE WHEN forward THEN ' AND e.txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.txid, e.id'
                ELSE ' ORDER BY e.txid DESC, e.id DESC' END || ' LIMIT $1'
        USING count, since, until, of_type, tag, container COLLATE "C", engine, of_account, cursor_txid, cursor_id;
END
$body$;

-- What a seal covers of an event: every column. Its text depends on the session's time zone, which is UTC.
CREATE FUNCTION event_digest(e events) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT sha256(convert_to(concat_ws(E'\x1f', e.id, e.time, e.type, e.tags, e.message, coalesce(e.container_id, ''),
        coalesce(e.engine_id, ''), coalesce(e.account, ''), coalesce(e.request_id, ''), e.doc), 'UTF8'))
$body$;

-- Months of the history that were dropped. Seals up to `seal` cannot be computed again; its digest stays, and so does
-- that of the events which such seals cover too and which were not dropped (of the first second of the next month).
CREATE TABLE event_drops (
    name        text COLLATE "C" PRIMARY KEY, -- of the partition
    events      bigint NOT NULL,
    first_id    bigint,
    last_id     bigint,
    seal        bigint NOT NULL, -- the last one that covers one of them
    digest      bytea NOT NULL,  -- its digest
    rest        bigint NOT NULL, -- events left below its end
    rest_digest bytea NOT NULL,
    dropped_at  timestamptz NOT NULL DEFAULT now()
);

-- All events up to the end of the seal `last`: how many, and their digest.
CREATE FUNCTION event_rest(last bigint, OUT events bigint, OUT digest bytea) LANGUAGE sql STABLE AS $body$
    SELECT count(*), sha256(coalesce(string_agg(event_digest(e), ''::bytea ORDER BY e.txid, e.id), ''))
    FROM events e, event_seals s WHERE s.seq = last AND (e.txid, e.id) <= (s.last_txid, s.last_id)
$body$;

-- Drop one month of the history, the oldest of those that ended `months` months ago or earlier; NULL when there is
-- none, or it is not sealed yet. The keeper's only way to remove events.
CREATE FUNCTION events_drop_month(months integer) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public SET lock_timeout = '3s' SET "TimeZone" = 'UTC' SET DateStyle = 'ISO' AS $body$
DECLARE
    part text;
    found record;
    sealed record;
    rest record;
BEGIN
    IF months < 1 THEN
        RAISE EXCEPTION 'months must be 1 or more';
    END IF;
    SELECT c.relname INTO part FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.events'::regclass AND c.relname ~ '^events_[0-9]{6}$'
      AND c.relname <= 'events_' || to_char(now() - make_interval(months => months + 1), 'YYYYMM')
    ORDER BY c.relname LIMIT 1;
    IF part IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('LOCK TABLE public.%I IN EXCLUSIVE MODE', part);
    EXECUTE format('SELECT count(*) AS events, min(id) AS first_id, max(id) AS last_id FROM public.%I',
                   part) INTO found;
    IF found.events > 0 THEN
        EXECUTE format('SELECT s.seq, s.digest FROM public.event_seals s, (SELECT txid, id FROM public.%I ORDER BY txid DESC, '
                       'id DESC LIMIT 1) AS last WHERE (s.last_txid, s.last_id) >= (last.txid, last.id) ORDER BY s.seq LIMIT 1',
                       part) INTO sealed;
        IF sealed.seq IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    EXECUTE format('DROP TABLE public.%I', part);
    IF found.events > 0 THEN
        rest := event_rest(sealed.seq);
        INSERT INTO event_drops (name, events, first_id, last_id, seal, digest, rest, rest_digest)
        VALUES (part, found.events, found.first_id, found.last_id, sealed.seq, sealed.digest, rest.events, rest.digest);
    END IF;
    INSERT INTO events (type, tags, message) VALUES ('drop-events', '{cluster}', 'name=' || part);
    RETURN part;
END
$body$;
REVOKE ALL ON FUNCTION events_drop_month(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events_drop_month(integer) TO berth_keeper;
GRANT SELECT ON event_drops TO berth_worker, berth_keeper;

-- The list of containers, filtered.
CREATE FUNCTION image_bare(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT regexp_replace(name, '[:@][^/]*$', '') -- without tag and digest
$body$;
CREATE INDEX containers_image ON containers (image, created_seq) WHERE removed_at IS NULL;
CREATE INDEX containers_image_bare ON containers (image_bare(image), created_seq) WHERE removed_at IS NULL;
CREATE INDEX containers_labels ON containers USING gin ((doc -> 'image' -> 'labels')) WHERE removed_at IS NULL;
CREATE INDEX containers_resting ON containers (state, created_seq) WHERE removed_at IS NULL AND state <> 'running';

-- The short form of `body`; it depends on the document alone, so that a change of state costs nothing.
ALTER TABLE containers ADD COLUMN summary text NOT NULL GENERATED ALWAYS AS (
    '{"id":' || coalesce((doc -> 'id')::text, 'null') || ',"name":' || coalesce((doc -> 'name')::text, 'null')
    || ',"image":{"name":' || coalesce((doc -> 'image' -> 'name')::text, 'null') || '},"ports":'
    || coalesce((doc -> 'ports')::text, '[]')) STORED;

-- A page of the list: as sql/query/container_list.sql, but of those that fit every filter that is not NULL, each of which
-- is a set of values. A container's place is (seq, tie), newest first. Planned for each call, as event_page.
CREATE FUNCTION container_page(count integer, stopped boolean, managed boolean, names text[], images text[], engines text[],
                               states text[], groups text[], labels text[], cursor_seq bigint, cursor_tie bigint, short boolean)
RETURNS TABLE (body text, tail text, error text, seq bigint, tie bigint) LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN QUERY EXECUTE 'SELECT CASE WHEN $12 THEN c.summary ELSE c.body END,
            CASE WHEN $12 THEN '',"engine":{"id":'' || to_json(e.id) || ''}'' ELSE e.tail END, c.error, c.seq, c.tie
        FROM (SELECT body, summary || '',"state":"'' || state || ''"'' AS summary, engine_id, error, created_seq AS seq, 0::bigint AS tie
              FROM containers
              WHERE removed_at IS NULL AND ($2 OR state = ''running'') AND $3 IS DISTINCT FROM false
                AND ($4 IS NULL OR name = ANY ($4)) AND ($5 IS NULL OR image = ANY ($5) OR image_bare(image) = ANY ($5))
                AND ($6 IS NULL OR engine_id = ANY ($6)) AND ($7 IS NULL OR state = ANY ($7))
                AND ($8 IS NULL OR group_hash = ANY ($8)) AND ($9 IS NULL OR doc -> ''image'' -> ''labels'' ?| $9)
                AND ($10 IS NULL OR created_seq < $10)
              UNION ALL
              SELECT body, ''{"id":'' || coalesce((doc -> ''id'')::text, ''null'') || '',"name":''
                  || coalesce((doc -> ''name'')::text, ''null'') || '',"image":{"name":'' || coalesce((doc -> ''image'')::text, ''null'')
                  || ''},"ports":'' || coalesce((doc -> ''ports'')::text, ''[]'') || '',"state":''
                  || coalesce((doc -> ''state'')::text, ''null''),
                  engine_id, NULL, listed_seq, (''x'' || left(docker_id, 15))::bit(60)::bigint
              FROM foreign_containers
              WHERE ($2 OR doc ->> ''state'' = ''running'') AND $3 IS DISTINCT FROM true
                AND ($4 IS NULL OR name = ANY ($4))
                AND ($5 IS NULL OR doc ->> ''image'' = ANY ($5) OR image_bare(doc ->> ''image'') = ANY ($5))
                AND ($6 IS NULL OR engine_id = ANY ($6)) AND ($7 IS NULL OR doc ->> ''state'' = ANY ($7))
                AND $8 IS NULL AND $9 IS NULL
                AND ($10 IS NULL OR (listed_seq, (''x'' || left(docker_id, 15))::bit(60)::bigint) < ($10, $11))) c
        LEFT JOIN engines e ON e.id = c.engine_id
        ORDER BY c.seq DESC, c.tie DESC LIMIT $1'
        USING count, stopped, managed, names, images, engines, states, groups, labels, cursor_seq, cursor_tie, short;
END
$body$;
