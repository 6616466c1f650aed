-- Containers that are not this pool's: shown, started and stopped, adopted.

-- doc: {"id", "name", "image", "state", "ports", "created", "created_s": the same in seconds, "lost": it bears this pool's
-- label, but no row knows it, "pool": the other pool of its label, or null}. What an older keeper wrote lacks most of it;
-- the next look adds it.
ALTER TABLE foreign_containers
    ADD COLUMN name text COLLATE "C" GENERATED ALWAYS AS (doc ->> 'name') STORED,
    -- of its inspection: what it is as a specification, without environment (NULL = none can say it), and the first
    -- of its settings beside that which means power over the engine ('' = none)
    ADD COLUMN spec jsonb,
    ADD COLUMN power text NOT NULL DEFAULT '',
    -- its place in lists: below all containers of the pool (containers.created_seq), newest first
    ADD COLUMN listed_seq bigint NOT NULL GENERATED ALWAYS AS ((coalesce((doc ->> 'created_s')::bigint, 0) - 100000000000)
        * 1048576 + (hashtext(docker_id) & 1048575)) STORED,
    ADD COLUMN changed_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- by berth: an older list says nothing
    -- the document that clients see, but for its end, as of a container of the pool
    ADD COLUMN body text NOT NULL GENERATED ALWAYS AS ('{"id":' || coalesce((doc -> 'id')::text, 'null') || ',"name":'
        || coalesce((doc -> 'name')::text, 'null') || ',"image":{"name":' || coalesce((doc -> 'image')::text, 'null')
        || ',"cpus":' || trim_scale(cpu_milli::numeric / 1000) || ',"memory":' || memory_mb || '},"ports":'
        || coalesce((doc -> 'ports')::text, '[]') || ',"created":' || coalesce((doc -> 'created')::text, 'null')
        || ',"state":' || coalesce((doc -> 'state')::text, 'null') || ',"desired":null,"docker_id":'
        || coalesce((doc -> 'id')::text, 'null') || ',"exit_code":null,"generation":null,"group":null,"managed":false'
        || ',"lost":' || coalesce((doc -> 'lost')::text, 'false') || ',"pool":' || coalesce((doc -> 'pool')::text, 'null'))
        STORED;
CREATE INDEX foreign_containers_docker_id ON foreign_containers (docker_id);
CREATE INDEX foreign_containers_listed ON foreign_containers (listed_seq);
CREATE INDEX foreign_containers_name ON foreign_containers (name);
UPDATE foreign_containers SET limits_known = false; -- so that they are inspected again, for the new columns

-- What is wanted of one: a row of work for each operation. There is one at most for each container; a later
-- operation takes its place. It has no desired state that berth would keep up: it is done once.
CREATE TABLE foreign_work (
    operation_id  text COLLATE "C" PRIMARY KEY REFERENCES operations ON DELETE CASCADE,
    engine_id     text COLLATE "C" NOT NULL,
    docker_id     text COLLATE "C" NOT NULL,
    action        text NOT NULL CHECK (action IN ('start', 'stop', 'restart')),
    status        text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done', 'failed', 'superseded')),
    error         jsonb, -- {"code", "detail"}
    due_at        timestamptz NOT NULL DEFAULT now(),
    attempts      integer NOT NULL DEFAULT 0,
    claimed_by    text COLLATE "C",
    claimed_until timestamptz,
    epoch         bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX foreign_work_pending ON foreign_work (engine_id, docker_id) WHERE status = 'pending';

-- The same as the items of other operations (operation_item_states), column by column.
CREATE VIEW foreign_item_states AS
SELECT w.operation_id, 1 AS position, w.docker_id AS container_id, w.engine_id, w.status, w.error::text AS error,
       NULL::text AS note, coalesce(f.doc ->> 'state', 'missing') AS state,
       CASE WHEN w.status <> 'pending' THEN w.status
            WHEN e.status = 'down' THEN 'waiting'
            WHEN w.claimed_until < now() OR w.claimed_until IS NULL THEN 'queued'
            ELSE 'working' END AS phase,
       e.doc -> 'health' ->> 'reason' AS engine_reason, NULL::text AS progress
FROM foreign_work w
LEFT JOIN foreign_containers f ON f.engine_id = w.engine_id AND f.docker_id = w.docker_id
LEFT JOIN engines e ON e.id = w.engine_id;
GRANT SELECT ON foreign_item_states TO berth_worker, berth_keeper;

-- Copies that were adopted: they bear no labels of berth, for labels cannot be changed, so this says whose they are.
CREATE TABLE adoptions (
    engine_id    text COLLATE "C" NOT NULL REFERENCES engines ON DELETE CASCADE,
    docker_id    text COLLATE "C" NOT NULL,
    container_id text COLLATE "C" NOT NULL REFERENCES containers ON DELETE CASCADE,
    generation   integer NOT NULL,
    PRIMARY KEY (engine_id, docker_id)
);
CREATE INDEX adoptions_container ON adoptions (container_id);

-- Why containers are where they are: one row for each placement, of one container or of a batch.
-- doc: see core/control/explain.h.
CREATE TABLE placements (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time timestamptz NOT NULL DEFAULT now(),
    doc  jsonb NOT NULL
);
CREATE INDEX placements_time ON placements (time);
ALTER TABLE containers
    ADD COLUMN placement_id bigint,   -- NULL = not placed by berth, or before this was kept
    ADD COLUMN placement_step integer; -- which of the batch, from 1 on

GRANT SELECT, INSERT, UPDATE, DELETE ON foreign_work, adoptions, placements TO berth_worker, berth_keeper;
