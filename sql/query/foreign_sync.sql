-- Containers on engine $1 that are not this pool's: $2, JSON array of {docker_id, running, doc}, as of $3 seconds
-- ago. What berth has changed since is left alone; what was adopted since is not foreign. Returns those whose limits
-- are not known yet.
WITH seen AS (
    SELECT DISTINCT ON (docker_id) * FROM json_to_recordset($2::json) AS x(docker_id text, running boolean, doc jsonb)
    WHERE NOT EXISTS (SELECT FROM adoptions a WHERE a.engine_id = $1 AND a.docker_id = x.docker_id)
), gone AS (
    DELETE FROM foreign_containers WHERE engine_id = $1 AND docker_id NOT IN (SELECT docker_id FROM seen)
), kept AS (
    INSERT INTO foreign_containers AS f (engine_id, docker_id, running, doc)
    SELECT $1, docker_id, running, doc FROM seen
    ON CONFLICT (engine_id, docker_id) DO UPDATE SET running = excluded.running, doc = excluded.doc
        WHERE (f.running, f.doc) IS DISTINCT FROM (excluded.running, excluded.doc)
          AND f.changed_at < clock_timestamp() - make_interval(secs => $3)
)
SELECT seen.docker_id FROM seen
LEFT JOIN foreign_containers f ON f.engine_id = $1 AND f.docker_id = seen.docker_id
WHERE f.limits_known IS NOT TRUE
