SELECT c.docker_id, c.engine_id, e.addr, coalesce(e.doc ->> 'api_version', '') AS api_version
FROM containers c JOIN engines e ON e.id = c.engine_id WHERE c.id = $1
