-- The history is read in the order of (txid, id). A page that ends long ago (until) is found by walking back over all
-- that came later: with the time in the index that walk needs the index alone.
CREATE INDEX events_order ON events (txid, id) INCLUDE (time);
DROP INDEX events_txid;

-- As before, but for the documents, which are made of the rows of the page only.
CREATE OR REPLACE FUNCTION event_page(forward boolean, count integer, since timestamptz, until timestamptz, of_type text,
                                      tag text, container text, engine text, of_account text, cursor_txid xid8,
                                      cursor_id bigint)
RETURNS TABLE (document text, txid xid8, id bigint) LANGUAGE plpgsql STABLE AS $body$
DECLARE
    direction text := CASE WHEN forward THEN '' ELSE ' DESC' END;
BEGIN
    RETURN QUERY EXECUTE 'SELECT d.document, d.txid, d.id
        FROM (SELECT e.time, e.txid, e.id FROM events e
              WHERE ($2 IS NULL OR e.time >= $2) AND ($3 IS NULL OR e.time < $3) AND ($4 IS NULL OR e.type = $4)
                AND ($5 IS NULL OR event_tags(e.tags) @> event_tags(ARRAY[$5]))
                AND ($6 IS NULL OR (e.container_id >= $6 AND e.container_id < $6 || ''g'')) -- ids are hexadecimal
                AND ($7 IS NULL OR e.engine_id = $7) AND ($8 IS NULL OR e.account = $8)
                AND ($9 IS NULL OR (e.txid, e.id) ' || CASE WHEN forward THEN '>' ELSE '<' END || ' ($9, $10))'
        || CASE WHEN forward THEN ' AND e.txid < pg_snapshot_xmin(pg_current_snapshot())' ELSE '' END
        || ' ORDER BY e.txid' || direction || ', e.id' || direction || ' LIMIT $1) page
        JOIN event_documents d ON d.time = page.time AND d.id = page.id
        ORDER BY page.txid' || direction || ', page.id' || direction
        USING count, since, until, of_type, tag, container COLLATE "C", engine, of_account, cursor_txid, cursor_id;
END
$body$;
