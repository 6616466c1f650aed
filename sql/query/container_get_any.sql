-- The container whose id or Docker id begins with $1, or whose name it is; two rows where that is not one.
SELECT body, tail, error
FROM container_documents
WHERE removed_at IS NULL AND ((id >= $1 AND id < $1 || 'g') OR (docker_id >= $1 AND docker_id < $1 || 'g')
                              OR id = (SELECT id FROM containers WHERE name = $1 AND removed_at IS NULL))
LIMIT 2
