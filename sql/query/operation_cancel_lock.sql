-- Lock what the operation $1 still has to do, as containers_lock does.
SELECT c.id FROM operation_items i JOIN containers c ON c.id = i.container_id
WHERE i.operation_id = $1 AND i.status = 'pending' ORDER BY c.id FOR UPDATE OF c
