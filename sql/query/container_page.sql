-- A page of the list of containers: $1 how many (NULL = all), $2 stopped ones too, $3 those of the pool, or the others, only;
-- sets of $4 names, $5 images, $6 engines, $7 states, $8 groups, $9 labels; $10, $11 the cursor; $12 the short form.
SELECT body, tail, error, seq, tie
FROM container_page($1::integer, $2::boolean, $3::boolean, $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::bigint, $11::bigint, $12::boolean)
ORDER BY seq DESC, tie DESC
