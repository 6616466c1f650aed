-- What the pool tells etcd of the engines that it knows.
SELECT id, addr, coalesce(identity, '') AS identity, coalesce(doc ->> 'docker_version', '') AS version,
       doc -> 'engine' ->> 'cpus' AS cpus, memory_mb, (doc -> 'engine' -> 'labels')::text AS labels
FROM engines WHERE addr NOT LIKE 'unix:%' ORDER BY id
