SELECT id::text AS id FROM pool
