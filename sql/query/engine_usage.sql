-- What hosts say that they use: $1 a list of {"id", "cpus", "memory"}; those of engines that are known are kept.
INSERT INTO engine_usage (engine_id, cpu_milli, memory_mb, at)
SELECT u.id, round(u.cpus * 1000), u.memory, clock_timestamp()
FROM json_to_recordset($1::json) u (id text, cpus numeric, memory bigint) JOIN engines e ON e.id = u.id
ON CONFLICT (engine_id) DO UPDATE SET cpu_milli = EXCLUDED.cpu_milli, memory_mb = EXCLUDED.memory_mb, at = EXCLUDED.at
