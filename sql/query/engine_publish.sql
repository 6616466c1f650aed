-- What the pool tells etcd of the engines that it knows, but of those whose keys were deleted.
SELECT id, addr, coalesce(identity, '') AS identity, coalesce(doc ->> 'docker_version', '') AS version,
       doc -> 'engine' ->> 'cpus' AS cpus, memory_mb, (doc -> 'engine' -> 'labels')::text AS labels
FROM engines e WHERE addr NOT LIKE 'unix:%'
    AND NOT EXISTS (SELECT FROM registrations r WHERE r.id = e.id AND r.state = 'withdrawn')
ORDER BY id
