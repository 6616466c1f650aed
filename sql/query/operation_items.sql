SELECT container_id, engine_id, status, error, note, state, phase, progress, engine_reason
FROM (SELECT * FROM operation_item_states UNION ALL SELECT * FROM foreign_item_states) item
WHERE operation_id = $1 ORDER BY position
