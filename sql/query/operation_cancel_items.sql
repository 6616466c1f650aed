-- What the operation $1 still has to do, and whether it can be undone. A container that the operation makes is
-- removed; what was wanted of one before can be wanted again while no engine has been asked, and a start under way
-- ends in a stop. needs_room: the container's reservation was given up.
SELECT c.id, c.engine_id, (c.doc -> 'image')::text AS image,
       i.was_desired = 'running' AND c.desired <> 'running' AS needs_room,
       coalesce((i.was_desired = 'absent' AND c.desired = 'running')
                OR (i.was_desired IN ('running', 'stopped')
                    AND (c.epoch = i.was_epoch OR (i.was_desired = 'stopped' AND c.desired = 'running'))),
                false) AS undoable
FROM operation_items i JOIN containers c ON c.id = i.container_id
WHERE i.operation_id = $1 AND i.status = 'pending' AND NOT i.cancelling AND c.operation_id = $1 ORDER BY i.position
