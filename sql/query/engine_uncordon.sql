-- The engine $1 is not drained any more. ended: it was.
WITH before AS (
    SELECT id, draining_since FROM engines WHERE id = $1 FOR UPDATE
), changed AS (
    UPDATE engines e SET draining_since = NULL, drained_by = NULL, drained_at = NULL FROM before WHERE e.id = before.id
)
SELECT draining_since IS NOT NULL AS ended FROM before
