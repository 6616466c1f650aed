-- A page of the history, oldest first; parameters as of event_find. There is a row without a document when there is
-- no event: `horizon` is where to go on when the page is not full.
SELECT p.document, p.txid, p.id, h.horizon
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) h
LEFT JOIN event_page(true, $1::integer, to_timestamp($2::bigint), to_timestamp($3::bigint), $4, $5, $6, $7, $8,
                     $9::text::xid8, $10::bigint) p ON true
ORDER BY p.txid, p.id
