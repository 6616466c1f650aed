-- Lock the containers of an engine before they are forgotten, as containers_lock does, and those that are leaving it: their
-- old copies still run there. Returns how many there are.
SELECT id FROM containers c
WHERE (engine_id = $1 OR EXISTS (SELECT FROM replacements r WHERE r.container_id = c.id AND r.engine_id = $1))
  AND removed_at IS NULL ORDER BY id FOR UPDATE
