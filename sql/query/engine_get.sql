-- An engine, with what else has registered under its id, or that its registration has gone; or a host that has registered
-- and is not taken in.
SELECT (engine_shown(e) || jsonb_build_object('load', engine_load(e.id), 'used', engine_used(e.id)) || jsonb_strip_nulls(jsonb_build_object('ca_cert', e.ca_cert, 'ssl_cert', e.ssl_cert, 'registration',
           (r.doc -> 'health') || jsonb_build_object('addr', r.doc -> 'engine' -> 'addr'),
           'registered', CASE WHEN r.state IN ('lapsed', 'withdrawn') THEN false END)))::text AS document
FROM engines e LEFT JOIN registrations r ON r.id = e.id WHERE e.id = $1
UNION ALL
SELECT r.doc::text FROM registrations r WHERE r.id = $1 AND NOT EXISTS (SELECT FROM engines e WHERE e.id = r.id)
