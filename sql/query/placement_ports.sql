-- Free host ports: for each engine of $1 as many as $2 says, from the range $3..$4, going on where the last
-- search ended, so that a port is not used again at once. $5: ports that the same request asks for by number.
WITH want AS (
    SELECT w.engine_id, w.n, p.next_port
    FROM unnest($1::text[], $2::integer[]) AS w(engine_id, n) JOIN engine_ports p USING (engine_id)
), found AS (
    SELECT want.engine_id, free.step, free.port
    FROM want CROSS JOIN LATERAL (
        SELECT s.step, s.port
        FROM (SELECT step, $3::integer + (greatest(want.next_port - $3::integer, 0) + step)
                           % ($4::integer - $3::integer + 1) AS port
              FROM generate_series(0, $4::integer - $3::integer) AS step) s
        WHERE NOT EXISTS (SELECT FROM port_bindings b WHERE b.engine_id = want.engine_id AND b.port = s.port)
          AND s.port <> ALL ($5::integer[])
        LIMIT want.n) free
), moved AS (
    UPDATE engine_ports p SET next_port = last.port + 1
    FROM (SELECT DISTINCT ON (engine_id) engine_id, port FROM found ORDER BY engine_id, step DESC) last
    WHERE p.engine_id = last.engine_id
)
SELECT engine_id, port FROM found ORDER BY engine_id, step
