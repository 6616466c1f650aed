SELECT i.container_id, c.engine_id, i.status, i.error::text AS error
FROM operation_items i JOIN containers c ON c.id = i.container_id
WHERE i.operation_id = $1 ORDER BY i.position
