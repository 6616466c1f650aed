-- Lock the containers of an engine before they are forgotten, as containers_lock does; returns how many there are.
SELECT id FROM containers WHERE engine_id = $1 AND removed_at IS NULL ORDER BY id FOR UPDATE
