-- The seals after number $1, at most $2 of them, each computed again. chained: the one before it is there.
SELECT s.seq, s.events, encode(s.digest, 'hex') AS digest, got.events AS found, s.seq = 1 OR p.seq IS NOT NULL AS chained,
       s.digest = sha256(coalesce(p.digest, ''::bytea) || got.digests) AS same
FROM event_seals s LEFT JOIN event_seals p ON p.seq = s.seq - 1
CROSS JOIN LATERAL (
    SELECT count(*) AS events, coalesce(string_agg(event_digest(e), ''::bytea ORDER BY e.txid, e.id), '') AS digests
    FROM events e
    WHERE (e.txid, e.id) > (coalesce(p.last_txid, '0'::xid8), coalesce(p.last_id, 0))
      AND (e.txid, e.id) <= (s.last_txid, s.last_id) AND e.tags <> '{docker}') got
WHERE s.seq > $1::bigint ORDER BY s.seq LIMIT $2::integer
