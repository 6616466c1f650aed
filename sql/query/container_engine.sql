SELECT c.docker_id, c.engine_id, e.addr, coalesce(e.doc ->> 'api_version', '') AS api_version,
       e.ca_cert, e.ssl_cert, e.ssl_key
FROM containers c JOIN engines e ON e.id = c.engine_id WHERE c.id = $1
