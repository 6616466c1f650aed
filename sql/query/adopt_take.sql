-- The container $2 on engine $1 ceases to be foreign: of several who adopt it at once one gets a row.
DELETE FROM foreign_containers WHERE engine_id = $1 AND docker_id = $2 RETURNING docker_id
