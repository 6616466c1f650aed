-- Copies on engine $1 that were adopted: whose they are, in place of labels.
SELECT docker_id, container_id, generation FROM adoptions WHERE engine_id = $1
