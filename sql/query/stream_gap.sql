-- Events of engine $1 are missing since the last one that was taken in; $2 says why.
INSERT INTO events (type, tags, message, engine_id)
SELECT 'engine-events-missed', '{cluster,docker}',
       concat_ws(' ', 'id=' || e.id, 'since=' || to_char(to_timestamp(s.time_ns / 1e9) AT TIME ZONE 'UTC',
                                                         'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'reason=' || $2), e.id
FROM engines e LEFT JOIN engine_streams s ON s.engine_id = e.id WHERE e.id = $1
