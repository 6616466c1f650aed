-- All containers, newest first, then those that are not the pool's, newest first too. $1 false: the running ones only;
-- $2: those of the pool only (true), the others only (false), or all (NULL).
SELECT c.body, e.tail, c.error
FROM (SELECT body, engine_id, error, created_seq AS seq FROM containers
      WHERE removed_at IS NULL AND ($1::boolean OR state = 'running') AND $2::boolean IS DISTINCT FROM false
      UNION ALL
      SELECT body, engine_id, NULL, listed_seq FROM foreign_containers
      WHERE ($1::boolean OR doc ->> 'state' = 'running') AND $2::boolean IS DISTINCT FROM true) c
LEFT JOIN engines e ON e.id = c.engine_id
ORDER BY c.seq DESC
