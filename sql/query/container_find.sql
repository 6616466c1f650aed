-- The container whose id or Docker id begins with $1, or whose name it is. A row that lives comes before
-- tombstones; of tombstones the newest comes first. foreign_too: $1 begins a Docker id that is not the pool's, too.
SELECT id, group_hash, docker_id, engine_id, desired, state, removed_at IS NOT NULL AS removed, name,
       (doc -> 'image')::text AS image, environment, pull,
       EXISTS (SELECT FROM foreign_containers f WHERE f.docker_id >= $1 AND f.docker_id < $1 || 'g') AS foreign_too
FROM containers
WHERE (id >= $1 AND id < $1 || 'g') OR (docker_id >= $1 AND docker_id < $1 || 'g') OR name = $1
ORDER BY removed, created_seq DESC LIMIT 3
