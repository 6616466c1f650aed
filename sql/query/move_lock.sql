-- Lock the containers $1, which are to leave the engine $2; those that are elsewhere by now, are not wanted any more, or
-- are being changed are left out.
SELECT id, (doc -> 'image')::text AS image FROM containers
WHERE id = ANY ($1::text[]) AND engine_id = $2 AND desired = 'running' AND removed_at IS NULL
ORDER BY id FOR UPDATE SKIP LOCKED
