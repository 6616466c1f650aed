-- Claim due rows of the engines $1 for $2, for $3 seconds, up to each engine's cap: $4, or twice its cores;
-- at most $5 rows.
WITH room AS (
    SELECT e.id AS engine_id,
           CASE WHEN $4::integer > 0 THEN $4::integer ELSE greatest(2, e.cpu_milli / 500) END
           - (SELECT count(*) FROM containers c WHERE c.engine_id = e.id AND c.claimed_until >= now()) AS room
    FROM engines e WHERE e.id = ANY ($1::text[])
), due AS (
    SELECT c.id FROM room CROSS JOIN LATERAL (
        SELECT c.id FROM containers c
        WHERE c.engine_id = room.engine_id AND c.due_at <= now()
          AND (c.claimed_until IS NULL OR c.claimed_until < now()) AND NOT is_withheld(c.operation_id)
        ORDER BY c.due_at, c.created_seq LIMIT greatest(room.room, 0) FOR UPDATE SKIP LOCKED) c
    LIMIT $5::integer
)
UPDATE containers c SET claimed_by = $2, claimed_until = now() + make_interval(secs => $3), epoch = c.epoch + 1
FROM due, engines e WHERE c.id = due.id AND e.id = c.engine_id
RETURNING c.id, c.docker_id, c.name, c.engine_id, e.addr, coalesce(e.doc ->> 'api_version', '') AS api_version,
    c.desired, c.state, c.operation_id, c.pull, (c.doc -> 'image')::text AS image,
    (c.doc -> 'ports')::text AS ports, c.environment, c.intent_seq, c.restart_seq, c.restart_done, c.epoch,
    c.generation, c.started, c.attempts, c.exit_code, e.ca_cert, e.ssl_cert, e.ssl_key,
    e.doc -> 'registry_auth' ->> 'server' AS registry_server,
    e.doc -> 'registry_auth' ->> 'username' AS registry_username, e.registry_password,
    EXISTS (SELECT FROM adoptions a WHERE a.engine_id = c.engine_id AND a.docker_id = c.docker_id) AS adopted
