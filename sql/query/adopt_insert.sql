-- The row of an adopted container, as it is. $1: {id, engine_id, doc, environment (hex or null), ports}; $2 group,
-- $3 generation, $4 desired, $5 state, $6 Docker id, $7 exit code; $8 true: it bears berth's labels. It counts as
-- started, so that a failure to start it never removes it.
WITH item AS (
    SELECT * FROM json_to_record($1::json) AS x(id text, engine_id text, doc jsonb, environment text, ports json)
), inserted AS (
    INSERT INTO containers (id, doc, environment, group_hash, engine_id, generation, desired, state, docker_id,
                            exit_code, started, due_at)
    SELECT id, doc, decode(environment, 'hex'), $2, engine_id, $3::integer, $4, $5, $6, $7::integer, true, NULL FROM item
), adopted AS (
    INSERT INTO adoptions (engine_id, docker_id, container_id, generation)
    SELECT engine_id, $6, id, $3::integer FROM item WHERE NOT $8::boolean
)
INSERT INTO port_bindings (engine_id, port, proto, host_ip, container_id)
SELECT item.engine_id, p.port, p.proto, p.host_ip, item.id
FROM item, json_to_recordset(item.ports) AS p(proto text, host_ip text, port integer)
