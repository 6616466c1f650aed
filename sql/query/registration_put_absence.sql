-- The key of engine $1 has gone from etcd: lapsed for the reason $3, or, if $2, deleted by somebody, for $4. Deletions of
-- more than a third of the pool, and of two at least, are a loss ($5). Returns what it became and whether that is news.
WITH away AS (
    SELECT count(*) AS engines, count(*) FILTER (WHERE e.id = $1 OR r.state = 'withdrawn') AS withdrawn
    FROM engines e LEFT JOIN registrations r ON r.id = e.id
), fate AS (
    SELECT CASE WHEN $2 AND NOT too_many THEN 'withdrawn' ELSE 'lapsed' END AS state,
           CASE WHEN NOT $2 THEN $3 WHEN too_many THEN $5 ELSE $4 END::text AS reason
    FROM (SELECT withdrawn >= 2 AND 3 * withdrawn > engines AS too_many FROM away) t
), put AS (
    INSERT INTO registrations (id, doc)
    SELECT e.id, jsonb_build_object('id', e.id, 'engine', e.doc -> 'engine', 'health', jsonb_build_object(
               'status', 'pending', 'state', f.state, 'reason', f.reason, 'response_time', 0))
    FROM engines e, fate f WHERE e.id = $1
    ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, changed = now() WHERE registrations.state <> excluded.state
    RETURNING id
)
SELECT f.state, f.reason, EXISTS (SELECT FROM put) AS news FROM engines e, fate f WHERE e.id = $1
