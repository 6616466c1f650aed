-- $1 id, $2 document, $3 what was given by hand. It is no registration and no removed engine any more.
WITH engine AS (
    INSERT INTO engines (id, doc, given) VALUES ($1, $2::jsonb, $3::jsonb) RETURNING id, doc, identity
), ports AS (
    INSERT INTO engine_ports (engine_id) SELECT id FROM engine
), admitted AS (
    DELETE FROM registrations r USING engine e WHERE r.id = e.id
), unburied AS (
    DELETE FROM engine_tombstones t USING engine e WHERE t.id = e.id OR t.identity = e.identity
)
SELECT doc::text AS document FROM engine
