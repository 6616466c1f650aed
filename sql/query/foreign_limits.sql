-- What an inspection says of the container $2 on engine $1: $3 thousandths of a core, $4 MB, $5 its specification
-- without environment or NULL, $6 a setting besides that means power over the engine ('' = none).
UPDATE foreign_containers SET cpu_milli = $3::integer, memory_mb = $4::bigint, spec = $5::jsonb, power = $6,
    limits_known = true
WHERE engine_id = $1 AND docker_id = $2
