-- Engines beside $1 that may have the image $2, those first that run it.
SELECT e.id FROM engines e WHERE e.id <> $1 AND e.status = 'up'
ORDER BY EXISTS (SELECT FROM containers c WHERE c.engine_id = e.id AND c.image = $2 AND c.started) DESC, e.id
