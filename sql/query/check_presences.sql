-- What is in the way of containers that ask for a host port by number, or for an engine without their image: ports and
-- images of each engine, as far as one of them asks for them. container_id NULL = not the pool's.
WITH asking AS (
    SELECT image, doc -> 'image' ->> 'type' AS type, doc -> 'image' -> 'bind_ports' AS ports
    FROM containers WHERE desired = 'running'
), named AS (
    SELECT DISTINCT (p ->> 'port')::integer AS port FROM asking CROSS JOIN LATERAL jsonb_array_elements(ports) AS p
    WHERE (p ->> 'port')::integer > 0
), lonely AS (
    SELECT DISTINCT image FROM asking WHERE type IN ('unique', 'multi')
)
SELECT b.engine_id, b.container_id, NULL AS image, b.port, b.proto, b.host_ip
FROM port_bindings b WHERE b.port IN (SELECT port FROM named)
UNION ALL
SELECT c.engine_id, c.id, c.image, NULL, NULL, NULL FROM containers c
WHERE c.desired = 'running' AND c.engine_id IS NOT NULL AND c.image IN (SELECT image FROM lonely)
UNION ALL
SELECT f.engine_id, NULL, f.doc ->> 'image', NULL, NULL, NULL FROM foreign_containers f
WHERE f.running AND f.doc ->> 'image' IN (SELECT image FROM lonely)
