-- Containers that are to leave a lost engine now: at most $2, the engine lost first, and the oldest container, first. $1: the
-- engines that this keeper itself has found silent.
SELECT c.id, c.engine_id, e.doc -> 'health' ->> 'reason' AS reason
FROM engines e JOIN containers c ON c.engine_id = e.id LEFT JOIN moves_blocked b ON b.container_id = c.id
WHERE e.lost_at IS NOT NULL AND e.id = ANY ($1::text[]) AND c.desired = 'running' AND c.removed_at IS NULL
  AND e.lost_at + make_interval(secs => c.reschedule_s) <= clock_timestamp()
  AND coalesce(b.next_at, '-infinity') <= clock_timestamp()
ORDER BY e.lost_at, c.created_seq LIMIT $2::integer
