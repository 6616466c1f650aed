-- What the keeper needs to look at each engine.
SELECT id AS engine_id, addr, coalesce(doc ->> 'api_version', '') AS api_version,
       coalesce(doc -> 'health' ->> 'state', status) AS state,
       coalesce(doc ->> 'identity', '') AS identity, ca_cert, ssl_cert, ssl_key
FROM engines ORDER BY id
