-- A page of the history, newest first. $1 how many, $2 since and $3 until (seconds since 1970), $4 type, $5 tag,
-- $6 container (the beginning of its id), $7 engine, $8 account, $9 and $10 the cursor; each may be NULL.
SELECT document, txid, id
FROM event_page(false, $1::integer, to_timestamp($2::bigint), to_timestamp($3::bigint), $4, $5, $6, $7, $8, $9::text::xid8,
                $10::bigint)
ORDER BY txid DESC, id DESC
