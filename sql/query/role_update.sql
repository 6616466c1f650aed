-- Role $1 gets the document $2; it counts at once.
UPDATE roles SET doc = $2::jsonb WHERE name = $1
