-- The items of the operation $1. phase: what a pending one is at; waiting: for its engine, which is away.
SELECT i.container_id, c.engine_id, i.status, i.error::text AS error, i.note, c.state,
       CASE WHEN i.status <> 'pending' THEN i.status
            WHEN e.status = 'down' THEN 'waiting'
            WHEN i.cancelling THEN 'cancelling'
            WHEN c.claimed_until >= now() THEN 'working'
            ELSE 'queued' END AS phase,
       e.doc -> 'health' ->> 'reason' AS engine_reason
FROM operation_items i JOIN containers c ON c.id = i.container_id LEFT JOIN engines e ON e.id = c.engine_id
WHERE i.operation_id = $1 ORDER BY i.position
