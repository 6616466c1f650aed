-- Bind the ports $3 (JSON array of {proto, host_ip, port}) on engine $2 for container $1.
INSERT INTO port_bindings (engine_id, port, proto, host_ip, container_id)
SELECT $2, p.port, p.proto, p.host_ip, $1
FROM json_to_recordset($3::json) AS p(proto text, host_ip text, port integer)
