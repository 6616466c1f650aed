-- $1 id, $2 status, $3 state, $4 reason, $5 response time in ms, $6 round trip of an echo in ms, $7 what is known of its
-- host, $8 seconds since the last sign of life, $9 its last heartbeats (NULL = none yet), $10 seconds since their end. What
-- waited for the engine is due when it comes up, and so is what waits for room. Lost is a host that was found silent,
-- until it, or its Docker, is heard again.
WITH before AS (
    SELECT id, status FROM engines WHERE id = $1
), changed AS (
    UPDATE engines e SET doc = jsonb_set(e.doc, '{health}', jsonb_build_object(
        'status', $2::text, 'state', $3::text, 'reason', $4::text, 'response_time', $5::numeric, 'echo_time', $6::numeric,
        'host', $7::text, 'heartbeat', to_char((clock_timestamp() - make_interval(secs => $8)) AT TIME ZONE 'UTC',
                                               'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
        || CASE WHEN $9::jsonb IS NULL THEN '{}' ELSE jsonb_build_object('strip', $9::jsonb, 'strip_until',
               to_char((clock_timestamp() - make_interval(secs => $10)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) END),
        lost_at = CASE WHEN $2 = 'up' OR $7 = 'alive' THEN NULL
                       WHEN $3 = 'down' AND $7 = 'silent' THEN coalesce(e.lost_at, clock_timestamp())
                       ELSE e.lost_at END,
        loss_accepted = e.loss_accepted AND $2 <> 'up' AND $7 <> 'alive'
    FROM before WHERE e.id = before.id RETURNING before.status AS was
), due AS (
    UPDATE containers SET due_at = now()
    WHERE engine_id = $1 AND due_at > now() AND $2 = 'up' AND (SELECT was FROM changed) <> 'up'
), room AS (
    UPDATE moves_blocked SET next_at = clock_timestamp() WHERE $2 = 'up' AND (SELECT was FROM changed) <> 'up'
)
SELECT was FROM changed
