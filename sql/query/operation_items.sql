SELECT container_id, engine_id, status, error, note, state, phase, progress, engine_reason
FROM operation_item_states WHERE operation_id = $1 ORDER BY position
