-- $1 id, $2 document. Returns the state and reason that it had before, if any.
WITH before AS (
    SELECT id, doc FROM registrations WHERE id = $1 FOR UPDATE
), put AS (
    INSERT INTO registrations (id, doc) VALUES ($1, $2::jsonb)
    ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, changed = now() WHERE registrations.doc <> excluded.doc
)
SELECT doc -> 'health' ->> 'state' AS state, doc -> 'health' ->> 'reason' AS reason FROM before
