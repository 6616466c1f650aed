-- $1 id, $2 status, $3 state, $4 reason, $5 response time in ms, $6 round trip of an echo in ms, $7 what is known of its
-- host, $8 seconds since the last sign of life. What waited for the engine is due when it comes up.
WITH before AS (
    SELECT id, status FROM engines WHERE id = $1
), changed AS (
    UPDATE engines e SET doc = jsonb_set(e.doc, '{health}', jsonb_build_object(
        'status', $2::text, 'state', $3::text, 'reason', $4::text, 'response_time', $5::numeric, 'echo_time', $6::numeric,
        'host', $7::text, 'heartbeat', to_char((clock_timestamp() - make_interval(secs => $8)) AT TIME ZONE 'UTC',
                                               'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
    FROM before WHERE e.id = before.id RETURNING before.status AS was
), due AS (
    UPDATE containers SET due_at = now()
    WHERE engine_id = $1 AND due_at > now() AND $2 = 'up' AND (SELECT was FROM changed) <> 'up'
)
SELECT was FROM changed
