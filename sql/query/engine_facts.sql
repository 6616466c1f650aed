-- What Docker says of itself. $1 id, $2 identity, $3 version, $4 API version, $5 cpus, $6 memory in MB, $7 host
-- name, $8 images. What the administrator gave by hand stays.
UPDATE engines SET image_count = $8::integer,
    doc = jsonb_set(jsonb_set(doc || jsonb_build_object('identity', $2::text, 'docker_version', $3::text,
                                                        'api_version', $4::text, 'hostname', $7::text),
        '{engine,cpus}', coalesce(given -> 'cpus', to_jsonb($5::integer))),
        '{engine,memory}', coalesce(given -> 'memory', to_jsonb($6::bigint)))
WHERE id = $1
