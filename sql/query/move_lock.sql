-- Lock the containers $1, which are to leave the engine $2 together. Those that are elsewhere by now, or are being changed,
-- are left out.
SELECT id, desired, reschedule_s IS NULL AS stays FROM containers
WHERE id = ANY ($1::text[]) AND engine_id = $2 AND desired <> 'removed' AND removed_at IS NULL
ORDER BY id FOR UPDATE SKIP LOCKED
