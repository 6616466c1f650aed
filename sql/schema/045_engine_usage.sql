-- What an engine's host uses of its processors and its memory, whoever on it does: told by its join agent by way of etcd.
-- A table of its own: the rows of engines do not change for it.
CREATE TABLE engine_usage (
    engine_id text PRIMARY KEY REFERENCES engines (id) ON DELETE CASCADE,
    cpu_milli integer NOT NULL CHECK (cpu_milli >= 0),
    memory_mb bigint NOT NULL CHECK (memory_mb >= 0),
    at timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT ON engine_usage TO berth_worker, berth_keeper;
GRANT INSERT, UPDATE ON engine_usage TO berth_keeper;

-- NULL: nobody has told it of late.
CREATE FUNCTION engine_used(engine text) RETURNS jsonb LANGUAGE sql STABLE AS $body$
    SELECT jsonb_build_object('cpus', trim_scale(cpu_milli::numeric / 1000), 'memory', memory_mb,
                              'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    FROM engine_usage WHERE engine_id = engine AND at > clock_timestamp() - interval '1 minute'
$body$;
