UPDATE foreign_containers SET cpu_milli = $3::integer, memory_mb = $4::bigint, limits_known = true
WHERE engine_id = $1 AND docker_id = $2
