-- Members that are meant to run: newest first, the one that was named ($2) last.
SELECT id FROM containers WHERE group_hash = $1 AND desired = 'running'
ORDER BY id = $2, created_seq DESC
