-- Of each engine that is drained the container that is to leave it now, the oldest first, but those that could not before
-- behind all others; none while another one of its is being replaced.
SELECT DISTINCT ON (e.id) c.id, c.engine_id
FROM engines e JOIN containers c ON c.engine_id = e.id LEFT JOIN moves_blocked b ON b.container_id = c.id
WHERE e.draining_since IS NOT NULL AND e.status = 'up' AND c.desired = 'running' AND c.removed_at IS NULL
  AND c.reschedule_s IS NOT NULL AND coalesce(b.next_at, '-infinity') <= clock_timestamp()
  AND NOT EXISTS (SELECT FROM replacements r WHERE r.engine_id = e.id OR r.container_id = c.id)
ORDER BY e.id, b.next_at NULLS FIRST, c.created_seq
