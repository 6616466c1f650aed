-- Containers leave an engine whose host is lost, as their policy says; unless so many are lost at once that the fault is
-- rather the controller's or the network's.

-- Seconds after which a container of this specification may go elsewhere; NULL = never.
CREATE FUNCTION reschedule_after(image jsonb) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN image ->> 'reschedule' = 'always' THEN 0
                WHEN image ->> 'reschedule' ~ '^after=[0-9]{1,6}$' THEN substr(image ->> 'reschedule', 7)::integer
                WHEN image ->> 'reschedule' IS NULL AND coalesce(image -> 'volumes', '[]') = '[]' THEN 30 END
$body$;
UPDATE containers SET doc = jsonb_set(doc, '{image,reschedule}', coalesce(to_jsonb('after=' || reschedule_after(doc -> 'image')), '"never"'))
WHERE removed_at IS NULL AND doc -> 'image' -> 'reschedule' IS NULL;
ALTER TABLE containers ADD COLUMN reschedule_s integer GENERATED ALWAYS AS (reschedule_after(doc -> 'image')) STORED;

ALTER TABLE engines
    ADD COLUMN lost_at timestamptz, -- since when neither its host nor its Docker answers; NULL = one of them does
    -- It was lost alone, or an administrator knows of it: it is no reason to freeze (any more).
    ADD COLUMN loss_accepted boolean NOT NULL DEFAULT false;
CREATE INDEX engines_lost ON engines (lost_at) WHERE lost_at IS NOT NULL;

-- Why nothing is moved at present; a row for each reason. They end by themselves or with an administrator's word.
CREATE TABLE freezes (
    kind   text COLLATE "C" PRIMARY KEY,
    reason text NOT NULL, -- for people
    since  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Containers that should go elsewhere and cannot: tried again at next_at.
CREATE TABLE moves_blocked (
    container_id text COLLATE "C" PRIMARY KEY REFERENCES containers ON DELETE CASCADE,
    engine_id    text COLLATE "C" NOT NULL REFERENCES engines ON DELETE CASCADE, -- which it should leave
    reason       text NOT NULL,
    attempts     integer NOT NULL DEFAULT 1,
    next_at      timestamptz NOT NULL
);
CREATE INDEX moves_blocked_engine ON moves_blocked (engine_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON freezes, moves_blocked TO berth_worker, berth_keeper;
