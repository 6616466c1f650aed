-- What approval takes in: a registration, or what an engine was that an administrator removed.
SELECT doc -> 'engine' ->> 'addr' AS addr, coalesce(doc ->> 'identity', '') AS identity,
       (doc -> 'engine' -> 'labels')::text AS labels, doc -> 'engine' ->> 'cpus' AS cpus,
       (doc -> 'engine' ->> 'memory')::bigint AS memory,
       false AS removed
FROM registrations WHERE id = $1 AND state IN ('pending', 'quarantined')
UNION ALL
SELECT doc ->> 'addr', coalesce(doc ->> 'identity', ''), (doc -> 'labels')::text, doc ->> 'cpus', (doc ->> 'memory')::bigint, true
FROM engine_tombstones WHERE id = $1
ORDER BY removed LIMIT 1
