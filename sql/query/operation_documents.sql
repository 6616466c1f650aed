-- The containers that an operation has brought about.
SELECT d.body, d.tail, d.error FROM operation_items i JOIN container_documents d ON d.id = i.container_id
WHERE i.operation_id = $1 AND i.status = 'done' AND d.removed_at IS NULL ORDER BY i.position
