-- Seal what no earlier seal covers and no running transaction can still add to, but for Docker's own events. One row comes back when there
-- was something to seal.
WITH last AS (
    SELECT seq, last_txid, last_id, digest FROM event_seals ORDER BY seq DESC LIMIT 1
), fresh AS (
    SELECT e.txid, e.id, event_digest(e) AS digest
    FROM events e
    WHERE e.txid < pg_snapshot_xmin(pg_current_snapshot()) AND e.tags <> '{docker}'
      AND (e.txid, e.id) > (coalesce((SELECT last_txid FROM last), '0'::xid8), coalesce((SELECT last_id FROM last), 0))
    ORDER BY e.txid, e.id LIMIT 10000
)
INSERT INTO event_seals (seq, last_txid, last_id, events, digest)
SELECT coalesce((SELECT seq FROM last), 0) + 1, (array_agg(txid ORDER BY txid DESC, id DESC))[1],
       (array_agg(id ORDER BY txid DESC, id DESC))[1], count(*),
       sha256(coalesce((SELECT digest FROM last), ''::bytea) || string_agg(digest, ''::bytea ORDER BY txid, id))
FROM fresh HAVING count(*) > 0
RETURNING seq, events, encode(digest, 'hex') AS digest
