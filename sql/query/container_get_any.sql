-- The container whose id or Docker id begins with $1, or whose name it is; two rows where that is not one. One that
-- is not the pool's is found by its name only where none of the pool's is found.
WITH own AS (
    SELECT body, tail, error FROM container_documents
    WHERE removed_at IS NULL AND ((id >= $1 AND id < $1 || 'g') OR (docker_id >= $1 AND docker_id < $1 || 'g')
                                  OR id = (SELECT id FROM containers WHERE name = $1 AND removed_at IS NULL))
    LIMIT 2
)
SELECT body, tail, error FROM own
UNION ALL
(SELECT f.body, e.tail, NULL FROM foreign_containers f JOIN engines e ON e.id = f.engine_id
 WHERE (f.docker_id >= $1 AND f.docker_id < $1 || 'g') OR (f.name = $1 AND NOT EXISTS (SELECT FROM own)) LIMIT 2)
LIMIT 2
