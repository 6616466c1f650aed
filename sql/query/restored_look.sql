-- Does the history have the seal $1 with the digest $2 (seal 0: it had none yet)? And the newest that it has.
SELECT $1::bigint = 0 OR EXISTS (SELECT FROM event_seals WHERE seq = $1::bigint AND digest = decode($2, 'hex')) AS known,
       coalesce(h.seq, 0) AS seq, coalesce(encode(h.digest, 'hex'), '-') AS digest
FROM pool LEFT JOIN (SELECT seq, digest FROM event_seals ORDER BY seq DESC LIMIT 1) h ON true
