-- A claimed row ($1, epoch $2) gets other ports on its engine: $3.
WITH kept AS (
    UPDATE containers SET doc = jsonb_set(doc, '{ports}', $3::jsonb)
    WHERE id = $1 AND epoch = $2::bigint RETURNING id
), freed AS (
    DELETE FROM port_bindings WHERE container_id IN (SELECT id FROM kept)
)
SELECT id FROM kept
