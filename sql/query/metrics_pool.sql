-- Of the whole pool and of each keeper, family by family, as the lines that Prometheus reads need them: counters end with
-- _total. Only numbers come from what a keeper wrote.
WITH sealed AS (SELECT last_txid, last_id FROM event_seals ORDER BY seq DESC LIMIT 1),
open_work AS (SELECT count(*) AS rows, coalesce(max(extract(epoch FROM now() - due_at)), 0) AS oldest
              FROM containers WHERE due_at <= now()),
reserved AS (SELECT engine_id, sum(cpu_milli) AS cpu_milli, sum(memory_mb) AS memory_mb
             FROM containers WHERE desired = 'running' GROUP BY engine_id),
keeper AS (SELECT k.*, 'keeper="' || regexp_replace(k.name, '[^A-Za-z0-9_./:-]', '_', 'g') || '"' AS label
           FROM keepers k WHERE k.seen > clock_timestamp() - interval '10 seconds'),
counted(place, family, key, divisor, help) AS (VALUES
    (31, 'berth_keeper_echoes_sent_total', 'echoes_sent', 1, 'Echo requests (ICMP) to engines.'),
    (32, 'berth_keeper_echoes_heard_total', 'echoes_heard', 1, 'Echo replies from engines.'),
    (33, 'berth_keeper_echo_seconds_total', 'echo_us', 1000000, 'Their round trips, added up.'),
    (34, 'berth_keeper_engine_events_total', 'events', 1, 'Events of Docker that were written down.'),
    (35, 'berth_keeper_engine_event_lag_seconds_total', 'event_lag_us', 1000000,
         'From their arrival until then, added up.'),
    (36, 'berth_keeper_engine_events_waiting', 'events_waiting', 1, 'Events of Docker that are not yet.'),
    (37, 'berth_keeper_engine_streams_opened_total', 'streams', 1, 'Streams of events begun, or begun again.'),
    (38, 'berth_keeper_moves_total', 'moves', 1, 'Containers that were moved off a lost host.')),
engine AS (SELECT e.*, 'engine="' || e.id || '"' AS label, r.cpu_milli AS used_milli, r.memory_mb AS used_mb
           FROM engines e LEFT JOIN reserved r ON r.engine_id = e.id)
SELECT family, help, labels, trim_scale(value::numeric)::text AS value FROM (
    SELECT 1 AS place, 'berth_engines' AS family, 'Engines by state.' AS help, 'state="' || s.state || '"' AS labels,
           count(e.id)::numeric AS value
    FROM (SELECT unnest(ARRAY['pending', 'up', 'down']) UNION SELECT doc #>> '{health,state}' FROM engines) s(state)
    LEFT JOIN engines e ON e.doc #>> '{health,state}' = s.state GROUP BY s.state
    UNION ALL SELECT 2, 'berth_engine_up', 'Is the engine up?', label, (status = 'up')::integer FROM engine
    UNION ALL SELECT 3, 'berth_engine_response_seconds', 'How long the engine took to answer when last asked.', label,
           (doc #>> '{health,response_time}')::numeric / 1000 FROM engine
           WHERE jsonb_typeof(doc #> '{health,response_time}') = 'number'
    UNION ALL SELECT 4, 'berth_engine_cpus', 'CPUs of the engine.', label, cpu_milli / 1000.0 FROM engine
    UNION ALL SELECT 5, 'berth_engine_cpus_reserved', 'CPUs that its containers reserve.', label,
           coalesce(used_milli, 0) / 1000.0 FROM engine
    UNION ALL SELECT 6, 'berth_engine_memory_bytes', 'Memory of the engine.', label, memory_mb * 1048576.0 FROM engine
    UNION ALL SELECT 7, 'berth_engine_memory_reserved_bytes', 'Memory that its containers reserve.', label,
           coalesce(used_mb, 0) * 1048576.0 FROM engine
    UNION ALL SELECT 8, 'berth_containers', 'Containers by state and by what is wanted.',
           'state="' || state || '",desired="' || desired || '"', count(*) FROM containers WHERE removed_at IS NULL
           GROUP BY state, desired
    UNION ALL SELECT 9, 'berth_foreign_containers', 'Containers on the engines that are not berth''s.', '', count(*)
           FROM foreign_containers
    UNION ALL SELECT 10, 'berth_operations_open', 'Operations that have not finished.', '', count(*) FROM operations
           WHERE finished IS NULL
    UNION ALL SELECT 11, 'berth_work_due', 'Containers that wait to be worked on.', '', rows FROM open_work
    UNION ALL SELECT 12, 'berth_work_oldest_seconds', 'How long the oldest of them has waited.', '', oldest
           FROM open_work
    UNION ALL SELECT 13, 'berth_events_unsealed_seconds', 'Age of the oldest event that is not sealed yet.', '',
           coalesce(extract(epoch FROM now() - min(time)), 0) FROM events
           WHERE tags <> '{docker}' AND (txid, id) > (coalesce((SELECT last_txid FROM sealed), '0'),
                                                      coalesce((SELECT last_id FROM sealed), 0))
    UNION ALL SELECT 14, 'berth_frozen', 'Is nothing moved at present?', '', (EXISTS (SELECT FROM freezes))::integer
    UNION ALL SELECT 15, 'berth_moves_blocked', 'Containers that should be elsewhere and find no place.', '', count(*)
           FROM moves_blocked
    UNION ALL SELECT 30, 'berth_keeper_leads', 'Is this keeper the leader?', label,
           (name = (SELECT holder FROM keeper_lease WHERE until > clock_timestamp()))::integer FROM keeper
    UNION ALL SELECT c.place, c.family, c.help, k.label, (k.counters ->> c.key)::numeric / c.divisor
           FROM keeper k, counted c WHERE jsonb_typeof(k.counters -> c.key) = 'number'
    UNION ALL SELECT 39, 'berth_keeper_converge_total', 'Work of the keeper on containers, by how it ended.',
           k.label || ',end="' || e.key || '"', e.value::numeric FROM keeper k, jsonb_each_text(k.ends) e
           WHERE e.key ~ '^[a-z_]+$' AND e.value ~ '^[0-9]+$'
) lines ORDER BY place, labels
