-- Docker's events of engine $1 in their order, none twice. $2: JSON array of {time_ns, action, actor, quiet: it counts
-- for the position only, is_container, container: the row that its label names, name, image, exit_code, signal}. Their
-- times are believed within a week. Returns the Docker ids of the pool's containers whose inspection says more now.
WITH given AS (
    SELECT x.* FROM engines e, ROWS FROM (json_to_recordset($2::json) AS (time_ns bigint, action text, actor text,
        quiet boolean, is_container boolean, container text, name text, image text, exit_code text, signal text))
        WITH ORDINALITY AS x(time_ns, action, actor, quiet, is_container, container, name, image, exit_code, signal, n)
    WHERE e.id = $1
), fresh AS (
    INSERT INTO engine_stream_events (engine_id, time_ns, action, actor)
    SELECT $1, time_ns, action, actor FROM given WHERE quiet IS NOT TRUE ORDER BY n
    ON CONFLICT DO NOTHING RETURNING time_ns, action, actor
), told AS (
    SELECT DISTINCT ON (g.time_ns, g.action, g.actor) g.*, to_timestamp(g.time_ns / 1e9) AS time, c.id AS container_id,
           c.desired, c.doc ? 'restart_count' AS inspected
    FROM given g JOIN fresh USING (time_ns, action, actor)
    LEFT JOIN adoptions a ON g.is_container AND a.engine_id = $1 AND a.docker_id = g.actor
    LEFT JOIN containers c ON g.is_container AND c.id = coalesce(a.container_id, g.container)
    ORDER BY g.time_ns, g.action, g.actor, g.n
), recorded AS (
    INSERT INTO events (time, type, tags, message, container_id, engine_id, doc)
    SELECT CASE WHEN time BETWEEN now() - interval '7 days' AND now() + interval '10 seconds' THEN time
                ELSE clock_timestamp() END,
           action, '{docker}',
           concat_ws(' ', 'id=' || coalesce(container_id, actor), 'name=' || name, 'image=' || image,
                     'exit_code=' || exit_code, 'signal=' || signal),
           CASE WHEN is_container THEN coalesce(container_id, actor) END, $1,
           CASE WHEN is_container THEN jsonb_build_object('container', jsonb_build_object(
               'id', coalesce(container_id, actor), 'docker_id', actor, 'name', name, 'image', image)) ELSE '{}' END
    FROM told ORDER BY n
), position AS (
    INSERT INTO engine_streams AS s (engine_id, time_ns, action, actor)
    SELECT $1, time_ns, action, actor FROM given ORDER BY n DESC LIMIT 1
    ON CONFLICT (engine_id) DO UPDATE SET time_ns = excluded.time_ns, action = excluded.action, actor = excluded.actor
), pruned AS (
    DELETE FROM engine_stream_events WHERE engine_id = $1 AND seq <= (
        SELECT seq FROM engine_stream_events WHERE engine_id = $1 ORDER BY seq DESC OFFSET 512 LIMIT 1)
)
SELECT DISTINCT actor AS docker_id FROM told
WHERE desired <> 'removed' AND (action IN ('die', 'oom') OR (action = 'start' AND inspected))
