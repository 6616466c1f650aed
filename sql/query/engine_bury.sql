-- Before an engine, or a registration, is removed by an administrator: it does not come back by itself.
INSERT INTO engine_tombstones (id, identity, doc)
SELECT id, identity, jsonb_build_object('addr', doc -> 'engine' -> 'addr', 'identity', doc -> 'identity',
                                        'labels', doc -> 'engine' -> 'labels') || given
FROM engines WHERE id = $1
UNION ALL
SELECT id, NULL, jsonb_build_object('addr', doc -> 'engine' -> 'addr', 'identity', doc -> 'identity',
                                    'labels', doc -> 'engine' -> 'labels')
FROM registrations WHERE id = $1 AND NOT EXISTS (SELECT FROM engines WHERE id = $1)
ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, doc = excluded.doc, removed = now()
