-- Where a verification begins and ends: `dropped` = the last seal of which events were dropped, `sound` = what was kept
-- of those still fits; the head of the chain; how many events wait for the next seal; the seal whose digest is $1.
WITH head AS (SELECT * FROM event_seals ORDER BY seq DESC LIMIT 1),
     dropped AS (SELECT * FROM event_drops ORDER BY seal DESC LIMIT 1)
SELECT coalesce((SELECT seal FROM dropped), 0) AS dropped,
       coalesce((SELECT s.digest = d.digest AND r.events = d.rest AND r.digest = d.rest_digest
                 FROM dropped d LEFT JOIN event_seals s ON s.seq = d.seal, event_rest(d.seal) r), NOT EXISTS (SELECT FROM dropped))
           AS sound,
       coalesce((SELECT seq FROM head), 0) AS head, encode((SELECT digest FROM head), 'hex') AS digest,
       (SELECT count(*) FROM events e WHERE e.tags <> '{docker}' AND (e.txid, e.id) > (coalesce((SELECT last_txid FROM head), '0'::xid8),
                                                              coalesce((SELECT last_id FROM head), 0))) AS unsealed,
       (SELECT seq FROM event_seals WHERE digest = decode($1, 'hex') LIMIT 1) AS wanted
