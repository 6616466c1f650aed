-- Engines, and hosts that have registered and are not taken in.
SELECT d.doc::text AS document FROM (
    SELECT e.id, engine_shown(e) || jsonb_build_object('load', engine_load(e.id), 'used', engine_used(e.id)) || CASE WHEN r.id IS NULL THEN '{}'
               ELSE jsonb_strip_nulls(jsonb_build_object('registration',
                   (r.doc -> 'health') || jsonb_build_object('addr', r.doc -> 'engine' -> 'addr'),
                   'registered', CASE WHEN r.state IN ('lapsed', 'withdrawn') THEN false END)) END AS doc
    FROM engines e LEFT JOIN registrations r ON r.id = e.id
    UNION ALL
    SELECT r.id, r.doc FROM registrations r WHERE NOT EXISTS (SELECT FROM engines e WHERE e.id = r.id)
) d ORDER BY d.id
