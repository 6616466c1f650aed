-- What an engine ($1) was seen to run, as of $3 seconds ago. $2: JSON array of {id, generation, docker_id, state,
-- exit_code, steady: it has run for long, going: Docker is removing it}. Rows that an executor works on, or that changed
-- since, are left alone.
--   exited by itself or stopped by hand: not wanted any more (Docker's restart policy had its say before)
--   exited while nobody looked ($4: 'engine' = the engine was away, 'keeper' = the keeper was; else 'none'):
--   most likely killed with its host or its dockerd, so it is started again; unless only the keeper was away
--   and it ended well, as a job does; 'open': that is not known yet, such rows are left alone
--   exited before its old copy was given up (replacements): tried again, for the container runs there
--   started by hand (doubtful): left alone and told, for dockerd lists what it has stopped as running for as long as its
--   disk is full; see observe_started.sql
--   going: left alone until it is gone, for its process ended only because of that
--   gone: made again if it is wanted, later and later when it goes on going (exits: see 030_crash_loop.sql); after an
--   adopted copy, as another generation, with labels
WITH seen AS (
    SELECT * FROM json_to_recordset($2::json)
        AS x(id text, generation integer, docker_id text, state text, exit_code integer, steady boolean,
             going boolean)
), compared AS (
    SELECT c.id, c.state AS old_state, c.desired AS old_desired, c.docker_id AS old_docker_id,
           c.exit_code AS old_exit_code, c.due_at, c.started, seen.docker_id, seen.exit_code,
           coalesce(seen.steady, false) AS steady, coalesce(seen.going, false) AS going, c.due_at IS NULL AND c.desired = 'running'
               AND c.docker_id IS NOT NULL AND seen.id IS NULL AS vanished,
           coalesce(c.due_at IS NULL AND c.desired = 'stopped' AND c.state NOT IN ('running', 'restarting')
               AND seen.state IN ('running', 'restarting'), false) AS doubtful,
           $4 = 'engine' OR ($4 = 'keeper' AND seen.exit_code <> 0) AS again,
           CASE WHEN c.desired = 'removed' THEN 'removing'
                WHEN seen.id IS NOT NULL THEN seen.state
                WHEN c.docker_id IS NOT NULL THEN 'missing' ELSE c.state END AS state
    FROM containers c LEFT JOIN seen ON seen.id = c.id AND seen.generation = c.generation
    WHERE c.engine_id = $1 AND c.removed_at IS NULL
      AND c.changed_at < clock_timestamp() - make_interval(secs => $3)
      AND (c.claimed_until IS NULL OR c.claimed_until < now())
    FOR UPDATE OF c SKIP LOCKED
), decided AS (
    SELECT *, CASE WHEN due_at IS NULL AND old_desired = 'running' AND state = 'exited' AND started
                    AND NOT again
                    AND NOT EXISTS (SELECT FROM replacements r WHERE r.container_id = compared.id AND r.state = 'running') THEN 'stopped'
                   WHEN due_at IS NULL AND old_desired = 'stopped' AND state IN ('running', 'restarting')
                       THEN 'running'
                   ELSE old_desired END AS desired
    FROM compared
), applied AS (
UPDATE containers c SET state = d.state, docker_id = d.docker_id, desired = d.desired,
    generation = c.generation + CASE WHEN d.docker_id IS NULL AND EXISTS (SELECT FROM adoptions a
        WHERE a.container_id = c.id AND a.generation = c.generation) THEN 1 ELSE 0 END,
    exit_code = CASE WHEN d.state = 'exited' THEN d.exit_code END,
    exits = CASE WHEN d.steady THEN 0 ELSE c.exits + d.vanished::integer END,
    due_at = CASE WHEN c.due_at IS NULL AND (d.desired = 'removed'
                       OR (d.desired = 'running' AND d.state IN ('missing', 'placed', 'created', 'exited')))
                  THEN now() + make_interval(secs => CASE WHEN d.vanished AND c.exits > 0
                      THEN least(60, 2 ^ least(c.exits - 1, 10)) * (0.75 + random() / 2) ELSE 0 END)
                  ELSE c.due_at END,
    changed_at = CASE WHEN d.state <> d.old_state THEN clock_timestamp() ELSE c.changed_at END
FROM decided d
WHERE c.id = d.id AND NOT d.doubtful AND NOT (d.going AND d.old_desired = 'running')
  AND ($4 <> 'open' OR d.state <> 'exited' OR d.old_desired <> 'running')
  AND ((d.state, d.desired) <> (d.old_state, d.old_desired)
                       OR d.docker_id IS DISTINCT FROM d.old_docker_id
                       OR (d.state = 'exited' AND d.exit_code IS DISTINCT FROM d.old_exit_code)
                       OR (d.steady AND c.exits > 0)
                       OR (c.due_at IS NULL AND d.desired = 'removed'))
RETURNING c.id, d.old_state, c.state, c.exit_code, NULL AS doubtful_id
)
SELECT * FROM applied
UNION ALL
SELECT id, old_state, state, NULL, docker_id FROM decided WHERE doubtful
