-- An engine with all that it takes to reach it, and what an update goes by.
SELECT id AS engine_id, addr, coalesce(doc ->> 'api_version', '') AS api_version, coalesce(identity, '') AS identity,
       doc::text AS document, ca_cert, ssl_cert, ssl_key, doc -> 'registry_auth' ->> 'server' AS registry_server,
       doc -> 'registry_auth' ->> 'username' AS registry_username, registry_password
FROM engines WHERE id = $1
