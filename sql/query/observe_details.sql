-- What is known of containers on engine $1 besides their state: $2, JSON array of {docker_id, details: members of their
-- documents}. Rows that somebody else works on are left for the next time.
UPDATE containers c SET doc = c.doc || d.details
FROM (SELECT k.id, x.details FROM json_to_recordset($2::json) AS x(docker_id text, details jsonb)
      JOIN containers k ON k.engine_id = $1 AND k.docker_id = x.docker_id AND k.removed_at IS NULL
      WHERE NOT k.doc @> x.details AND (x.details <> '{"health": null}' OR k.doc ? 'health') FOR UPDATE OF k SKIP LOCKED) d
WHERE c.id = d.id
