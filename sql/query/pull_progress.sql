-- How far the pull is that the rows $1, claimed with the epochs $2, wait for: $3, or NULL when it is over. Returns
-- those that still want the image.
WITH wanted AS (
    SELECT c.id, c.operation_id FROM containers c
    JOIN unnest($1::text[], $2::bigint[]) AS w (id, epoch) ON w.id = c.id AND w.epoch = c.epoch
    WHERE c.desired = 'running'
), told AS (
    UPDATE operation_items i SET progress = $3::jsonb FROM wanted w
    WHERE i.container_id = w.id AND i.operation_id = w.operation_id AND i.status = 'pending'
)
SELECT id FROM wanted
