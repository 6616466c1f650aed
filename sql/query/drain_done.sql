-- Engines that are drained and from which nothing is left to move, the first time.
UPDATE engines e SET drained_at = clock_timestamp()
WHERE draining_since IS NOT NULL AND drained_at IS NULL
  AND NOT EXISTS (SELECT FROM containers c WHERE c.engine_id = e.id AND c.desired = 'running' AND c.reschedule_s IS NOT NULL)
  AND NOT EXISTS (SELECT FROM replacements r WHERE r.engine_id = e.id)
RETURNING id
