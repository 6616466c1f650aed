-- Drain the engine $1, because $2 says so. began: it was not drained before; what stood in the way is tried anew.
WITH before AS (
    SELECT id, draining_since FROM engines WHERE id = $1 FOR UPDATE
), changed AS (
    UPDATE engines e SET draining_since = clock_timestamp(), drained_by = $2, drained_at = NULL
    FROM before WHERE e.id = before.id AND before.draining_since IS NULL
)
SELECT draining_since IS NULL AS began FROM before
