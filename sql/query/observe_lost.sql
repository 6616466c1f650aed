-- Of what was seen ($1): containers of this pool that no row knows (a restored database, a forgotten engine).
SELECT seen.docker_id
FROM json_to_recordset($1::json) AS seen(id text, docker_id text)
WHERE NOT EXISTS (SELECT FROM containers c WHERE c.id = seen.id)
