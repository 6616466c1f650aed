-- A container ($2, its Docker id) on engine $1 that berth has stopped runs ($3: the state), as an inspection said that was
-- begun $4 seconds ago: somebody has started it by hand, so it is wanted. A row that an executor works on, or that changed
-- since, is left alone.
UPDATE containers c SET state = $3, desired = 'running', exit_code = NULL, changed_at = clock_timestamp()
FROM (SELECT id, state FROM containers WHERE engine_id = $1 AND docker_id = $2 AND removed_at IS NULL
      AND due_at IS NULL AND desired = 'stopped' AND state NOT IN ('running', 'restarting')
      AND changed_at < clock_timestamp() - make_interval(secs => $4)
      AND (claimed_until IS NULL OR claimed_until < now())
      FOR UPDATE SKIP LOCKED) was
WHERE c.id = was.id
RETURNING c.id, was.state AS old_state, c.state, NULL AS doubtful_id
