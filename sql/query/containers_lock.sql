-- Lock rows before they are changed by containers_intend: a statement sees what was committed before it began,
-- so one that waited for a lock would not see the items that the other has inserted.
SELECT id, desired FROM containers WHERE id = ANY ($1::text[]) AND removed_at IS NULL ORDER BY id FOR UPDATE
