-- A claimed row ($1, epoch $2) gets other ports on its engine: $3.
WITH kept AS (
    UPDATE containers SET doc = jsonb_set(doc, '{ports}', $3::jsonb)
    WHERE id = $1 AND epoch = $2::bigint RETURNING id, engine_id
), freed AS (
    DELETE FROM port_bindings b USING kept WHERE b.container_id = kept.id AND b.engine_id = kept.engine_id
)
SELECT id FROM kept
