-- One intent at a time for the container $2 on engine $1.
SELECT docker_id FROM foreign_containers WHERE engine_id = $1 AND docker_id = $2 FOR UPDATE
