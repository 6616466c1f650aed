-- The container whose whole id is $1: what most requests ask for, and the quickest way.
SELECT doc_text, state, desired, engine_text, engine_status, docker_id, exit_code, generation, group_hash, error
FROM container_documents WHERE id = $1 AND removed_at IS NULL
