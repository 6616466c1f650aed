-- The container that is not the pool's whose Docker id begins with $1, or whose name it is.
SELECT docker_id, engine_id, name, limits_known, spec::text AS spec, power FROM foreign_containers
WHERE (docker_id >= $1 AND docker_id < $1 || 'g') OR name = $1 LIMIT 2
