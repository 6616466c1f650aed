-- The container whose id is $1; where $1 is no whole id: whose id or Docker id begins with it, or whose name it is.
-- A whole id takes the first branches alone.
SELECT * FROM container_documents WHERE id = $1 AND removed_at IS NULL
UNION ALL
SELECT * FROM container_documents WHERE docker_id = $1 AND removed_at IS NULL
UNION ALL
SELECT * FROM container_documents
WHERE $1 !~ '^[0-9a-f]{64}$' AND removed_at IS NULL
  AND ((id >= $1 AND id < $1 || 'g') OR (docker_id >= $1 AND docker_id < $1 || 'g')
       OR id = (SELECT id FROM containers WHERE name = $1 AND removed_at IS NULL))
LIMIT 2
