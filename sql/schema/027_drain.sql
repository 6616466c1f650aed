-- An engine that is drained gets nothing new; its containers leave it one after the other, each new copy up before the old
-- one goes.
ALTER TABLE engines
    ADD COLUMN draining_since timestamptz, -- NULL = it is not drained
    ADD COLUMN drained_by     text,        -- the account that said so
    ADD COLUMN drained_at     timestamptz; -- when nothing was left to move; NULL = not yet

-- The old copy of a container that has been given another place: it is kept, and runs on, until the new one runs. Then its
-- older generation proves it obsolete. ports: what it is bound to, kept for it, too.
CREATE TABLE replacements (
    container_id text COLLATE "C" PRIMARY KEY REFERENCES containers ON DELETE CASCADE,
    engine_id    text COLLATE "C" NOT NULL REFERENCES engines ON DELETE CASCADE,
    docker_id    text COLLATE "C" NOT NULL,
    ports        jsonb NOT NULL,
    since        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX replacements_engine ON replacements (engine_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON replacements TO berth_worker, berth_keeper;

-- How far a drain is.
CREATE FUNCTION engine_drain(e engines) RETURNS jsonb LANGUAGE sql STABLE AS $body$
    SELECT jsonb_build_object(
        'since', to_char(e.draining_since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'by', e.drained_by,
        'done', e.drained_at IS NOT NULL,
        'to_move', (SELECT count(*) FROM containers c WHERE c.engine_id = e.id AND c.desired = 'running'
                    AND c.reschedule_s IS NOT NULL),
        'moving', (SELECT coalesce(jsonb_agg(r.container_id), '[]') FROM replacements r WHERE r.engine_id = e.id),
        'blocked', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.container_id, 'reason', b.reason)), '[]')
                    FROM moves_blocked b WHERE b.engine_id = e.id),
        'stays', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'reason',
                             CASE WHEN c.desired = 'running' THEN 'its reschedule policy is never' ELSE 'it is stopped' END)
                             ORDER BY c.created_seq), '[]')
                  FROM containers c WHERE c.engine_id = e.id AND c.removed_at IS NULL AND c.desired <> 'removed'
                    AND (c.desired <> 'running' OR c.reschedule_s IS NULL)))
$body$;

-- An engine's document as clients see it.
CREATE FUNCTION engine_shown(e engines) RETURNS jsonb LANGUAGE plpgsql STABLE AS $body$
DECLARE
    drain jsonb;
BEGIN
    IF e.draining_since IS NULL THEN
        RETURN e.doc;
    END IF;
    drain := engine_drain(e);
    RETURN e.doc || jsonb_build_object('drain', drain, 'health', (e.doc -> 'health') || CASE WHEN e.status = 'up' THEN
        jsonb_build_object('state', 'draining', 'reason', concat_ws(', ',
            CASE WHEN e.drained_at IS NOT NULL THEN 'nothing is left to move'
                 ELSE (drain ->> 'to_move') || ' still to move' END,
            nullif(jsonb_array_length(drain -> 'moving'), 0) || ' being moved',
            nullif(jsonb_array_length(drain -> 'blocked'), 0) || ' without a place',
            nullif(jsonb_array_length(drain -> 'stays'), 0) || ' stay'))
        ELSE '{}' END);
END
$body$;
