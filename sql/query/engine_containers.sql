-- How many managed containers are on the engine?
SELECT count(*) AS count FROM containers WHERE engine_id = $1 AND removed_at IS NULL
