-- Call off what the operation $1 wants of a container that is not the pool's, unless an executor has taken it.
WITH item AS (
    UPDATE foreign_work SET status = CASE epoch WHEN 0 THEN 'cancelled' ELSE status END,
        note = CASE WHEN epoch > 0 THEN 'It had begun when the operation was cancelled.' END
    WHERE operation_id = $1 AND status = 'pending' RETURNING status
), ended AS (
    UPDATE operations SET pending = 0, cancelled = 1, finished = now()
    WHERE id = $1 AND EXISTS (SELECT FROM item WHERE status = 'cancelled')
)
SELECT status = 'cancelled' AS undone FROM item
