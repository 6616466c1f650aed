-- $1 id, $2 document, $3 what was given by hand.
WITH engine AS (
    INSERT INTO engines (id, doc, given) VALUES ($1, $2::jsonb, $3::jsonb) RETURNING id, doc
), ports AS (
    INSERT INTO engine_ports (engine_id) SELECT id FROM engine
)
SELECT doc::text AS document FROM engine
