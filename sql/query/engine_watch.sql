-- What the keeper needs to look at each engine.
SELECT id, addr, coalesce(doc ->> 'api_version', '') AS api_version, status,
       coalesce(doc ->> 'identity', '') AS identity
FROM engines ORDER BY id
