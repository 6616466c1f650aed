-- What the keeper $1 has counted: $2, and the ends of its work on containers, $3.
UPDATE keepers SET counters = $2::jsonb, ends = $3::jsonb WHERE name = $1
