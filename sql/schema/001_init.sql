-- The pool's documents. Whatever is filtered or constrained is a column, generated from the document where
-- possible; whatever is only shown stays in `doc`.

CREATE TABLE pool (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id       uuid NOT NULL DEFAULT gen_random_uuid(),
    created  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO pool DEFAULT VALUES;

-- The grants of a role's document as lines "read PATH" or "write PATH", which each request reads. What is not of
-- the document's form grants nothing.
CREATE FUNCTION grants_text(doc jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce(string_agg((g ->> 'access') || ' ' || (g ->> 'path'), E'\n' ORDER BY n), '')
    FROM jsonb_array_elements(CASE jsonb_typeof(doc -> 'grants') WHEN 'array' THEN doc -> 'grants' ELSE '[]' END)
        WITH ORDINALITY AS list(g, n)
    WHERE g ->> 'access' IN ('read', 'write') AND g ->> 'path' ~ '^/[!-~]*$'
$body$;

-- doc: {"id", "name", "grants": [{"path": "/api/containers", "access": "read" | "write"}]}.
-- A grant covers its path and everything below it; write includes read.
CREATE TABLE roles (
    name   text COLLATE "C" PRIMARY KEY,
    doc    jsonb NOT NULL,
    grants text NOT NULL GENERATED ALWAYS AS (grants_text(doc)) STORED
);
INSERT INTO roles (name, doc) VALUES
    ('admin', '{"id": "admin", "name": "admin", "grants": [{"path": "/", "access": "write"}]}'),
    ('user', '{"id": "user", "name": "user", "grants": [
        {"path": "/api/containers", "access": "write"}, {"path": "/api/operations", "access": "write"},
        {"path": "/api/cluster/info", "access": "write"}, {"path": "/api/events", "access": "write"},
        {"path": "/api/engines", "access": "write"}]}'),
    ('deployer', '{"id": "deployer", "name": "deployer", "grants": [
        {"path": "/api/containers", "access": "write"}, {"path": "/api/operations", "access": "write"},
        {"path": "/api/cluster/info", "access": "read"}, {"path": "/api/events", "access": "write"},
        {"path": "/api/engines", "access": "read"}]}'),
    ('viewer', '{"id": "viewer", "name": "viewer", "grants": [
        {"path": "/api/containers", "access": "read"}, {"path": "/api/operations", "access": "read"},
        {"path": "/api/cluster/info", "access": "read"}, {"path": "/api/events", "access": "read"},
        {"path": "/api/engines", "access": "read"}]}');

CREATE TABLE accounts (
    id            text COLLATE "C" PRIMARY KEY,
    username      text COLLATE "C" NOT NULL UNIQUE,
    role          text COLLATE "C" NOT NULL REFERENCES roles,
    grants        text NOT NULL DEFAULT '', -- the role's, kept by the triggers below: one join less for each request
    password_hash text NOT NULL, -- argon2id
    disabled      boolean NOT NULL DEFAULT false,
    created       timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION account_takes_grants() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.grants := (SELECT grants FROM roles WHERE name = NEW.role);
    RETURN NEW;
END
$body$;
CREATE TRIGGER account_takes_grants BEFORE INSERT OR UPDATE ON accounts
    FOR EACH ROW EXECUTE FUNCTION account_takes_grants();

CREATE FUNCTION role_gives_grants() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE accounts SET grants = NEW.grants WHERE role = NEW.name;
    RETURN NULL;
END
$body$;
CREATE TRIGGER role_gives_grants AFTER UPDATE ON roles FOR EACH ROW EXECUTE FUNCTION role_gives_grants();

CREATE TABLE tokens (
    id         text COLLATE "C" PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32), -- SHA-256 of the secret part
    user_agent text NOT NULL DEFAULT '',
    created    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX tokens_account ON tokens (account_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);

-- Raised by whatever takes rights away, in the same transaction: what a process remembers of a token is good only
-- while this number, read together with the answer to a request, has not changed.
CREATE TABLE auth_version (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL DEFAULT 1
);
INSERT INTO auth_version DEFAULT VALUES;
CREATE FUNCTION auth_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $body$
BEGIN
    UPDATE auth_version SET version = version + 1;
    RETURN NULL;
END
$body$;
CREATE TRIGGER auth_changed AFTER UPDATE OR DELETE ON tokens FOR EACH ROW EXECUTE FUNCTION auth_changed();
CREATE TRIGGER auth_changed AFTER UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION auth_changed();
CREATE TRIGGER auth_changed AFTER UPDATE OR DELETE ON roles FOR EACH ROW EXECUTE FUNCTION auth_changed();

-- doc: the record as clients see it: {"id", "engine": {id, addr, cpus, memory, labels},
-- "health": {status, state, reason, response_time}, "docker_version", "api_version", "identity", ...}.
CREATE TABLE engines (
    id          text COLLATE "C" PRIMARY KEY,
    doc         jsonb NOT NULL CHECK (doc ->> 'id' = id),
    addr        text COLLATE "C" NOT NULL GENERATED ALWAYS AS (doc -> 'engine' ->> 'addr') STORED UNIQUE,
    identity    text COLLATE "C" GENERATED ALWAYS AS (nullif(doc ->> 'identity', '')) STORED UNIQUE,
    status      text NOT NULL GENERATED ALWAYS AS (doc -> 'health' ->> 'status') STORED
                CHECK (status IN ('pending', 'up', 'down')),
    cpu_milli   integer NOT NULL GENERATED ALWAYS AS
                (((doc -> 'engine' ->> 'cpus')::numeric * 1000)::integer) STORED,
    memory_mb   bigint NOT NULL GENERATED ALWAYS AS ((doc -> 'engine' ->> 'memory')::bigint) STORED,
    -- the end of each of its containers' documents
    tail        text NOT NULL GENERATED ALWAYS AS (',"engine":' || (doc #>> '{engine}') || ',"engine_status":"'
                || (doc #>> '{health,status}') || '"') STORED,
    given       jsonb NOT NULL DEFAULT '{}', -- what the administrator set by hand and detection must leave
    image_count integer NOT NULL DEFAULT 0,
    created     timestamptz NOT NULL DEFAULT now()
);

-- Where the search for a free host port goes on; apart from the engine's row, which others lock.
CREATE TABLE engine_ports (
    engine_id text COLLATE "C" PRIMARY KEY REFERENCES engines ON DELETE CASCADE,
    next_port integer NOT NULL DEFAULT 0
);

-- One row is the intent (desired, restart_seq) and what is known of its realisation (state, docker_id).
-- doc: {"id", "name", "image": the specification with its environment masked, "ports", "created"}.
-- A removed row stays as a tombstone: it proves that a copy is obsolete, and its id still names its group.
CREATE TABLE containers (
    id           text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
    doc          jsonb NOT NULL,
    environment  bytea, -- sealed JSON object; NULL = empty
    name         text COLLATE "C" NOT NULL GENERATED ALWAYS AS (doc ->> 'name') STORED,
    image        text COLLATE "C" NOT NULL GENERATED ALWAYS AS (doc -> 'image' ->> 'name') STORED,
    cpu_milli    integer NOT NULL GENERATED ALWAYS AS
                 (((doc -> 'image' ->> 'cpus')::numeric * 1000)::integer) STORED,
    memory_mb    bigint NOT NULL GENERATED ALWAYS AS ((doc -> 'image' ->> 'memory')::bigint) STORED,
    group_hash   text COLLATE "C" NOT NULL,
    pull         text NOT NULL DEFAULT 'missing' CHECK (pull IN ('missing', 'always', 'never')),
    created_seq  bigint GENERATED ALWAYS AS IDENTITY, -- newest first
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- intent
    desired      text NOT NULL DEFAULT 'running' CHECK (desired IN ('running', 'stopped', 'removed')),
    intent_seq   bigint NOT NULL DEFAULT 1,  -- rises with each change of intent
    restart_seq  bigint NOT NULL DEFAULT 0,  -- restarts asked for
    restart_done bigint NOT NULL DEFAULT 0,  -- restarts carried out
    operation_id text COLLATE "C",           -- the operation that the intent belongs to
    engine_id    text COLLATE "C" REFERENCES engines ON DELETE SET NULL,
    generation   integer NOT NULL DEFAULT 1, -- rises with each placement
    tried        text[] NOT NULL DEFAULT '{}', -- engines that failed to create it
    -- realisation
    state        text NOT NULL DEFAULT 'placed' CHECK (state IN ('placed', 'created', 'running', 'paused',
                 'restarting', 'exited', 'missing', 'removing', 'removed', 'failed')),
    docker_id    text COLLATE "C",           -- NULL = not known to exist
    exit_code    integer,
    error        text,                       -- why it is not as desired, for people
    started      boolean NOT NULL DEFAULT false, -- it has run at least once
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp(), -- of the realisation
    removed_at   timestamptz,
    -- the document that clients see, but for its end: made once for each change, not for each reading
    body         text NOT NULL GENERATED ALWAYS AS (left(doc #>> '{}', -1) || ',"state":"' || state || '","desired":"'
                 || desired || '","docker_id":' || coalesce('"' || docker_id || '"', 'null') || ',"exit_code":'
                 || coalesce(exit_code::text, 'null') || ',"generation":' || generation || ',"group":"'
                 || group_hash || '","managed":true') STORED,
    -- work
    due_at       timestamptz DEFAULT now(),  -- NULL = nothing to do
    attempts     integer NOT NULL DEFAULT 0, -- failures in a row
    claimed_by   text COLLATE "C",
    claimed_until timestamptz,
    epoch        bigint NOT NULL DEFAULT 0   -- rises with each claim: fences earlier claimants
);
ALTER TABLE containers SET (toast_tuple_target = 8160); -- rows of some KB are not worth packing and unpacking
CREATE UNIQUE INDEX containers_name ON containers (name) WHERE removed_at IS NULL;
CREATE INDEX containers_docker_id ON containers (docker_id) WHERE docker_id IS NOT NULL;
CREATE INDEX containers_listed ON containers (created_seq) WHERE removed_at IS NULL;
CREATE INDEX containers_reserved ON containers (engine_id) INCLUDE (cpu_milli, memory_mb)
    WHERE desired = 'running';
CREATE INDEX containers_engine ON containers (engine_id) WHERE removed_at IS NULL;
CREATE INDEX containers_due ON containers (engine_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX containers_claimed ON containers (engine_id) WHERE claimed_until IS NOT NULL;
CREATE INDEX containers_group ON containers (group_hash, created_seq);
CREATE INDEX containers_tombstones ON containers (removed_at) WHERE removed_at IS NOT NULL;

-- Host ports that are taken on an engine; container_id NULL = by something that is not berth's.
CREATE TABLE port_bindings (
    engine_id    text COLLATE "C" NOT NULL REFERENCES engines ON DELETE CASCADE,
    port         integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    proto        text NOT NULL CHECK (proto IN ('tcp', 'udp', 'sctp')),
    host_ip      text NOT NULL DEFAULT '', -- '' = every address of the engine
    container_id text COLLATE "C" REFERENCES containers ON DELETE CASCADE,
    PRIMARY KEY (engine_id, port, proto, host_ip)
);
CREATE INDEX port_bindings_container ON port_bindings (container_id);

-- Containers on our engines that are not this pool's: they count as load.
CREATE TABLE foreign_containers (
    engine_id text COLLATE "C" NOT NULL REFERENCES engines ON DELETE CASCADE,
    docker_id text COLLATE "C" NOT NULL,
    running   boolean NOT NULL,
    limits_known boolean NOT NULL DEFAULT false, -- inspected yet?
    cpu_milli integer NOT NULL DEFAULT 0,
    memory_mb bigint NOT NULL DEFAULT 0,
    doc       jsonb NOT NULL, -- {"name", "image", "state"}
    PRIMARY KEY (engine_id, docker_id)
);

-- One request of a client that engines have to carry out.
CREATE TABLE operations (
    id              text COLLATE "C" PRIMARY KEY,
    type            text NOT NULL, -- run-container, scale-container, ...
    account_id      text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C",
    request_digest  bytea NOT NULL, -- a key used again must belong to the same request
    group_hash      text COLLATE "C", -- of a scale: whose members are the answer
    pending         integer NOT NULL DEFAULT 0, -- items not yet settled
    created         timestamptz NOT NULL DEFAULT now(),
    finished        timestamptz,
    UNIQUE (account_id, idempotency_key)
);
CREATE INDEX operations_created ON operations (created);

CREATE TABLE operation_items (
    operation_id text COLLATE "C" NOT NULL REFERENCES operations ON DELETE CASCADE,
    container_id text COLLATE "C" NOT NULL REFERENCES containers ON DELETE CASCADE,
    position     integer NOT NULL,
    status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done', 'failed', 'superseded')),
    error        jsonb, -- {"code", "detail"}
    PRIMARY KEY (operation_id, container_id)
);
CREATE INDEX operation_items_container ON operation_items (container_id);

-- The history. txid orders rows in a way that readers can trust: rows below the oldest running transaction
-- never change any more.
CREATE TABLE events (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    txid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    time         timestamptz NOT NULL DEFAULT clock_timestamp(),
    type         text NOT NULL,
    tags         text[] NOT NULL,
    message      text NOT NULL,
    container_id text COLLATE "C",
    engine_id    text COLLATE "C",
    account      text,
    request_id   text,
    doc          jsonb NOT NULL DEFAULT '{}', -- {"container": {...}, "engine": {...}} as they were
    PRIMARY KEY (time, id)
) PARTITION BY RANGE (time);
CREATE INDEX events_id ON events (id);
CREATE INDEX events_txid ON events (txid, id);
CREATE TABLE events_other PARTITION OF events DEFAULT;

-- Make the partitions of this month and the next; the keeper calls it, no other DDL is its business. Rows that
-- came before their partition was there wait in events_other, and move.
CREATE FUNCTION events_make_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $body$
DECLARE
    first timestamptz;
    next timestamptz;
    part text;
BEGIN
    FOR ahead IN 0..1 LOOP
        first := date_trunc('month', now(), 'UTC');
        IF ahead = 1 THEN
            first := date_trunc('month', first + interval '32 days', 'UTC');
        END IF;
        next := date_trunc('month', first + interval '32 days', 'UTC');
        part := 'events_' || to_char(first AT TIME ZONE 'UTC', 'YYYYMM');
        CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       part);
        EXECUTE format('WITH moved AS (DELETE FROM public.events_other WHERE time >= %L AND time < %L '
                       'RETURNING *) INSERT INTO public.%I SELECT * FROM moved', first, next, part);
        EXECUTE format('ALTER TABLE public.events ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                       part, first, next);
    END LOOP;
END
$body$;
SELECT events_make_partitions();

-- The hash chain over the history: each row seals the events up to (last_txid, last_id) that no earlier
-- row covers: digest = sha256(previous digest || events in order).
CREATE TABLE event_seals (
    seq       bigint PRIMARY KEY,
    last_txid xid8 NOT NULL,
    last_id   bigint NOT NULL,
    events    integer NOT NULL,
    digest    bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
);

-- What core/store/containers.c puts the document of a container together from.
CREATE VIEW container_documents AS
SELECT c.id, c.docker_id, c.engine_id, c.group_hash, c.created_seq, c.removed_at, c.state, c.body, e.tail, c.error
FROM containers c LEFT JOIN engines e ON e.id = c.engine_id;

-- An event as clients see it, as ready text.
CREATE VIEW event_documents AS
SELECT id, txid, time, type, tags, container_id, engine_id, account,
       (jsonb_strip_nulls(jsonb_build_object('container', jsonb_build_object('id', container_id),
                                             'engine', jsonb_build_object('id', engine_id)))
        || doc || jsonb_build_object('id', id, 'type', type, 'message', message, 'tags', to_jsonb(tags),
            'account', account, 'request_id', request_id,
            'time', to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))::text AS document
FROM events;

-- What each program may do. The history is insert-only for both.
GRANT USAGE ON SCHEMA public TO berth_worker, berth_keeper;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO berth_worker, berth_keeper;
GRANT INSERT, UPDATE, DELETE ON accounts, tokens, engines, engine_ports, containers, port_bindings,
    foreign_containers, operations, operation_items TO berth_worker, berth_keeper;
GRANT INSERT ON events TO berth_worker, berth_keeper;
GRANT INSERT ON event_seals TO berth_keeper;
REVOKE ALL ON FUNCTION events_make_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events_make_partitions() TO berth_keeper;
