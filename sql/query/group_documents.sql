SELECT body, tail, error FROM container_documents
WHERE group_hash = $1 AND removed_at IS NULL AND state <> 'removing' ORDER BY created_seq
