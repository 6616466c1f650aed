-- The newest events, newest first: what is asked for without a filter.
SELECT document, txid, id FROM event_documents ORDER BY txid DESC, id DESC LIMIT $1::integer
