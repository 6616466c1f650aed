-- What would have to go elsewhere if its engine were lost. $1: a container; those that were made together with
-- it are as if they were not there; or NULL.
SELECT c.id, c.name, c.engine_id, c.image, c.cpu_milli, c.memory_mb, c.doc -> 'image' ->> 'type' AS type,
       (c.doc -> 'image' -> 'labels')::text AS labels, (c.doc -> 'image' -> 'bind_ports')::text AS bind_ports,
       CASE WHEN c.links <> '{}' THEN to_jsonb(c.links)::text END AS links, c.reschedule_s IS NOT NULL AS moves,
       jsonb_array_length(c.doc -> 'image' -> 'volumes') > 0 AS volumes,
       EXISTS (SELECT FROM operation_items i JOIN operation_items given USING (operation_id)
               WHERE given.container_id = $1 AND i.container_id = c.id AND i.was_desired = 'absent') AS left_out
FROM containers c WHERE c.desired = 'running' AND c.engine_id IS NOT NULL ORDER BY c.engine_id, c.created_seq
