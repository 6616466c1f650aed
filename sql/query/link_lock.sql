-- Those that a new container is to be linked to ($1) stay as wanted as they are until it is there.
SELECT id FROM containers WHERE name = ANY ($1::text[]) AND removed_at IS NULL ORDER BY id FOR SHARE
