-- What the pool knows of a host that registers. $1 id, $2 address, $3 Docker's identity, "" = not known. Columns are
-- NULL where there is nothing.
SELECT own.addr AS own_addr, coalesce(own.identity, '') AS own_identity,
       (SELECT id FROM engines WHERE addr = $2 AND id <> $1) AS addr_of,
       (SELECT id FROM engines WHERE identity = nullif($3, '') AND id <> $1) AS identity_of,
       (SELECT id FROM engine_tombstones WHERE id = $1 OR identity = nullif($3, '') ORDER BY id <> $1 LIMIT 1) AS removed_as
FROM (SELECT 1) one LEFT JOIN engines own ON own.id = $1
