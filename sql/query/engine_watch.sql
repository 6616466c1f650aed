-- What the keeper needs to look at each engine.
SELECT e.id AS engine_id, addr, coalesce(doc ->> 'api_version', '') AS api_version,
       coalesce(doc -> 'health' ->> 'state', status) AS state,
       coalesce(doc ->> 'identity', '') AS identity, ca_cert, ssl_cert, ssl_key,
       coalesce(s.time_ns, 0) AS stream_time_ns, coalesce(s.action, '') AS stream_action, coalesce(s.actor, '') AS stream_actor
FROM engines e LEFT JOIN engine_streams s ON s.engine_id = e.id ORDER BY e.id
