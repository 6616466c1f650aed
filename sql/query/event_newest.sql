-- The place of the newest event that a reader who goes forward sees, and where one begins who wants what comes.
SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon, coalesce(e.txid, '0'::xid8) AS txid, coalesce(e.id, 0) AS id
FROM (SELECT) one
LEFT JOIN LATERAL (SELECT txid, id FROM events WHERE txid < pg_snapshot_xmin(pg_current_snapshot())
                   ORDER BY txid DESC, id DESC LIMIT 1) e ON true
