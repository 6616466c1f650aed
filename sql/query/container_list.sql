-- All containers, newest first; $1 false: the running ones only.
SELECT body, tail, error FROM container_documents
WHERE removed_at IS NULL AND ($1::boolean OR state = 'running') ORDER BY created_seq DESC
