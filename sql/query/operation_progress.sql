-- The items of the operations $1, together; one row without an item for an operation that has none.
SELECT o.id AS operation_id, o.finished IS NOT NULL AS finished, i.container_id, i.engine_id, i.status, i.error,
       i.note, i.state, i.phase, i.progress
FROM operations o
LEFT JOIN (SELECT * FROM operation_item_states UNION ALL SELECT * FROM foreign_item_states) i ON i.operation_id = o.id
WHERE o.id = ANY ($1::text[]) ORDER BY o.id, i.position
