-- Does another than $3 copy the image $2 to the engine $1?
SELECT claimed_by FROM image_copies
WHERE engine_id = $1 AND image = $2 AND claimed_by <> $3 AND claimed_until >= now()
