-- Docker's own events. They are in the history with the tag docker alone; the chain does not cover them, for what an
-- engine tells is no proof of anything, and there may be many.

-- The last event of an engine that was taken in: where its stream goes on.
CREATE TABLE engine_streams (
    engine_id text COLLATE "C" PRIMARY KEY REFERENCES engines ON DELETE CASCADE,
    time_ns   bigint NOT NULL, -- since 1970, by the engine's clock
    action    text COLLATE "C" NOT NULL,
    actor     text COLLATE "C" NOT NULL
);
-- The last 512 of each engine, so that none is recorded twice: dockerd repeats its last 256 at most.
CREATE TABLE engine_stream_events (
    engine_id text COLLATE "C" NOT NULL REFERENCES engines ON DELETE CASCADE,
    time_ns   bigint NOT NULL,
    action    text COLLATE "C" NOT NULL,
    actor     text COLLATE "C" NOT NULL,
    seq       bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (engine_id, time_ns, action, actor)
);
CREATE INDEX engine_stream_events_order ON engine_stream_events (engine_id, seq);
GRANT SELECT, INSERT, UPDATE, DELETE ON engine_streams, engine_stream_events TO berth_keeper;
GRANT SELECT ON engine_streams TO berth_worker;

-- What the chain covers.
CREATE INDEX events_chained ON events (txid, id) WHERE tags <> '{docker}';

CREATE OR REPLACE FUNCTION event_rest(last bigint, OUT events bigint, OUT digest bytea) LANGUAGE sql STABLE AS $body$
    SELECT count(*), sha256(coalesce(string_agg(event_digest(e), ''::bytea ORDER BY e.txid, e.id), ''))
    FROM events e, event_seals s
    WHERE s.seq = last AND (e.txid, e.id) <= (s.last_txid, s.last_id) AND e.tags <> '{docker}'
$body$;

-- As before, but that only the events which the chain covers need a seal.
CREATE OR REPLACE FUNCTION events_drop_month(months integer) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
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
    EXECUTE format('SELECT count(*) AS events, min(id) AS first_id, max(id) AS last_id FROM public.%I '
                   'WHERE tags <> ''{docker}''', part) INTO found;
    IF found.events > 0 THEN
        EXECUTE format('SELECT s.seq, s.digest FROM public.event_seals s, (SELECT txid, id FROM public.%I '
                       'WHERE tags <> ''{docker}'' ORDER BY txid DESC, id DESC LIMIT 1) AS last '
                       'WHERE (s.last_txid, s.last_id) >= (last.txid, last.id) ORDER BY s.seq LIMIT 1', part) INTO sealed;
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
