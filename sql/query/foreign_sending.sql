-- The restart claimed as $1, epoch $2, is about to be asked for: the container was started at $3 (Docker's words). No row
-- when it is somebody else's by now, is not wanted any more or was asked for before.
UPDATE foreign_work SET started_before = $3
WHERE operation_id = $1 AND epoch = $2::bigint AND status = 'pending' AND started_before IS NULL RETURNING operation_id
