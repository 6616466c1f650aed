-- The rows, host ports and operation items of new containers. $1: JSON array of {id, engine_id, doc,
-- environment (hex or null), ports}; $2: group, $3: pull, $4: operation, $5: why they are placed so.
WITH item AS (
    SELECT x.*, o.position::integer AS position
    FROM json_array_elements($1::json) WITH ORDINALITY AS o(element, position),
         json_to_record(o.element) AS x(id text, engine_id text, doc jsonb, environment text, ports json)
), placed AS (
    INSERT INTO placements (doc) VALUES ($5::jsonb) RETURNING id
), inserted AS (
    INSERT INTO containers (id, doc, environment, group_hash, pull, operation_id, engine_id,
                            placement_id, placement_step)
    SELECT item.id, doc, decode(environment, 'hex'), $2, $3, $4, engine_id, placed.id, position
    FROM item, placed ORDER BY position
), bound AS (
    INSERT INTO port_bindings (engine_id, port, proto, host_ip, container_id)
    SELECT item.engine_id, p.port, p.proto, p.host_ip, item.id
    FROM item, json_to_recordset(item.ports) AS p(proto text, host_ip text, port integer)
)
INSERT INTO operation_items (operation_id, container_id, position, was_desired, was_epoch)
SELECT $4, id, position, 'absent', 0 FROM item
