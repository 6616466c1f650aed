-- Does the history have the seal $1 with the digest $2 (seal 0: it had none yet)? One of a mark that was written at $3
-- (microseconds since 1970) is known, too, if an administrator has said since then that a restore is meant. And the newest
-- seal that it has, and the time.
SELECT $1::bigint = 0 OR EXISTS (SELECT FROM event_seals WHERE seq = $1::bigint AND digest = decode($2, 'hex'))
           OR $3::bigint <= (extract(epoch FROM restore_accepted) * 1000000)::bigint AS known,
       coalesce(h.seq, 0) AS seq, coalesce(encode(h.digest, 'hex'), '-') AS digest,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_us
FROM pool LEFT JOIN (SELECT seq, digest FROM event_seals ORDER BY seq DESC LIMIT 1) h ON true
