-- What an inspection says of the container $2 on engine $1: $3 thousandths of a core, $4 MB, $5 the option that only
-- an administrator may use ('' = none) and $6 why, $7 whether it has a terminal.
UPDATE foreign_containers SET cpu_milli = $3::integer, memory_mb = $4::bigint, admin_field = $5, admin_reason = $6,
    tty = $7::boolean, limits_known = true
WHERE engine_id = $1 AND docker_id = $2
