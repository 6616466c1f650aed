-- $3 copies the image $2 to the engine $1 no more.
DELETE FROM image_copies WHERE engine_id = $1 AND image = $2 AND claimed_by = $3
