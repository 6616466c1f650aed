-- The operation $1 wants $4 of the container $3 on engine $2.
INSERT INTO foreign_work (operation_id, engine_id, docker_id, action) VALUES ($1, $2, $3, $4)
