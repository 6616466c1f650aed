-- $1 id, $2 status, $3 state, $4 reason, $5 response time in ms. What waited for the engine is due when it
-- comes up.
WITH before AS (
    SELECT id, status FROM engines WHERE id = $1
), changed AS (
    UPDATE engines e SET doc = jsonb_set(e.doc, '{health}', jsonb_build_object(
        'status', $2::text, 'state', $3::text, 'reason', $4::text, 'response_time', $5::numeric))
    FROM before WHERE e.id = before.id RETURNING before.status AS was
), due AS (
    UPDATE containers SET due_at = now()
    WHERE engine_id = $1 AND due_at > now() AND $2 = 'up' AND (SELECT was FROM changed) <> 'up'
)
SELECT was FROM changed
