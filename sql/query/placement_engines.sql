-- Every engine with its load; live: something new may be placed there. $1: the image that must not run there yet, or
-- NULL; $2: JSON array of {proto, host_ip, port} asked for by number; $3: a container whose own share and ports do not
-- count, or NULL; $4..$5: the host ports that berth chooses from.
SELECT e.id, e.status = 'up' AND gone.id IS NULL AS live, e.draining_since IS NOT NULL AS draining, e.status,
       CASE WHEN e.status = 'up' THEN gone.doc -> 'health' ELSE e.doc -> 'health' END ->> 'reason' AS reason,
       e.cpu_milli, e.memory_mb, (e.doc -> 'engine' -> 'labels')::text AS labels,
       coalesce(own.cpu_milli, 0) + coalesce(other.cpu_milli, 0) AS used_cpu_milli,
       coalesce(own.memory_mb, 0) + coalesce(other.memory_mb, 0) AS used_memory_mb,
       coalesce(own.n, 0) + coalesce(other.n, 0) AS containers,
       EXISTS (SELECT FROM containers c WHERE c.engine_id = e.id AND c.image = $1 AND c.desired = 'running'
                   AND c.id IS DISTINCT FROM $3)
           OR EXISTS (SELECT FROM foreign_containers f WHERE f.engine_id = e.id AND f.running
                          AND f.doc ->> 'image' = $1) AS has_image,
       (SELECT b.port || '/' || b.proto FROM port_bindings b
        JOIN json_to_recordset($2::json) AS p(proto text, host_ip text, port integer)
          ON b.port = p.port AND b.proto = p.proto
             AND (b.host_ip = p.host_ip OR b.host_ip = '' OR p.host_ip = '')
        WHERE b.engine_id = e.id AND b.container_id IS DISTINCT FROM $3 LIMIT 1) AS port_taken,
       $5::integer - $4::integer + 1 - (SELECT count(*) FROM port_bindings b
        WHERE b.engine_id = e.id AND b.port BETWEEN $4::integer AND $5::integer) AS ports_left
FROM engines e
LEFT JOIN registrations gone ON gone.id = e.id AND gone.state = 'withdrawn'
LEFT JOIN (SELECT engine_id, sum(cpu_milli) AS cpu_milli, sum(memory_mb)::bigint AS memory_mb, count(*) AS n
           FROM containers WHERE desired = 'running' AND id IS DISTINCT FROM $3 GROUP BY engine_id) own
       ON own.engine_id = e.id
LEFT JOIN (SELECT engine_id, sum(cpu_milli) AS cpu_milli, sum(memory_mb)::bigint AS memory_mb, count(*) AS n
           FROM foreign_containers WHERE running GROUP BY engine_id) other
       ON other.engine_id = e.id
ORDER BY e.id
