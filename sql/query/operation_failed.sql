-- What has failed of the operation $1, in the order of its items; one row without an item where nothing has.
SELECT o.type, o.finished IS NOT NULL AS finished, i.container_id, i.was_desired,
       (SELECT count(*) FROM operation_items WHERE operation_id = o.id) AS total
FROM operations o LEFT JOIN (
    SELECT operation_id, container_id, was_desired, position FROM operation_items WHERE status = 'failed'
    UNION ALL
    SELECT operation_id, docker_id, NULL, 1 FROM foreign_work WHERE status = 'failed'
) i ON i.operation_id = o.id
WHERE o.id = $1 ORDER BY i.position
