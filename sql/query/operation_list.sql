-- Operations, newest first. NULL = any: $1 state, $2 account (name or id), $3 type, $5 the operation after which
-- to go on; $4: how many at most.
SELECT json_build_object('id', o.id, 'type', o.type, 'account', o.account, 'state', o.state,
           'created', to_char(o.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'finished', to_char(o.finished AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'total', n.total, 'done', n.total - o.pending - o.failed - o.superseded - o.cancelled, 'failed', o.failed,
           'cancelled', o.cancelled, 'superseded', o.superseded, 'pending', o.pending,
           'location', '/api/operations/' || o.id)::text AS document
FROM (SELECT o.*, coalesce(a.username, o.account_id) AS account
      FROM operations o LEFT JOIN accounts a ON a.id = o.account_id
      WHERE ($1::text IS NULL OR o.state = $1) AND ($2::text IS NULL OR $2 IN (a.username, o.account_id))
        AND ($3::text IS NULL OR o.type = $3)
        AND ($5::text IS NULL OR (o.created, o.id) < (SELECT created, id FROM operations WHERE id = $5))
      ORDER BY o.created DESC, o.id DESC LIMIT $4::integer) o
CROSS JOIN LATERAL (SELECT (SELECT count(*)::integer FROM operation_items i WHERE i.operation_id = o.id)
                           + (SELECT count(*)::integer FROM foreign_work w WHERE w.operation_id = o.id) AS total) n
ORDER BY o.created DESC, o.id DESC
