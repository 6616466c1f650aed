-- Of what was seen on the engine $1 ($2, as in observe_apply): the newest copy of each container whose row has an older
-- generation, written down. Rows get a generation before a copy does, so such a row is a restored one. No row: that is
-- known already.
INSERT INTO newer_copies (container_id, engine_id, generation)
SELECT c.id, e.id, max(seen.generation)
FROM json_to_recordset($2::json) AS seen(id text, generation integer) JOIN containers c ON c.id = seen.id, engines e
WHERE seen.generation > c.generation AND e.id = $1
GROUP BY c.id, e.id
ON CONFLICT (container_id) DO UPDATE SET engine_id = excluded.engine_id, generation = excluded.generation
    WHERE newer_copies.generation < excluded.generation
RETURNING container_id, generation, (SELECT generation FROM containers c WHERE c.id = container_id) AS row_generation
