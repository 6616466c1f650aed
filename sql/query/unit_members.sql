-- The unit of the container $1: itself and all that links join with it, in the order in which they start.
SELECT c.id, c.name, c.engine_id, c.desired, c.generation, c.docker_id, c.started, (c.doc -> 'image')::text AS image
FROM container_unit($1) u JOIN containers c ON c.id = u.id ORDER BY u.depth, c.created_seq
