SELECT json_build_object(
    'cpus', trim_scale(coalesce(sum(e.cpu_milli), 0)::numeric / 1000), 'memory', coalesce(sum(e.memory_mb), 0),
    'reserved_cpus', trim_scale(coalesce(sum(own.cpu_milli), 0)::numeric / 1000),
    'reserved_memory', coalesce(sum(own.memory_mb), 0),
    'foreign_cpus', trim_scale(coalesce(sum(other.cpu_milli), 0)::numeric / 1000),
    'foreign_memory', coalesce(sum(other.memory_mb), 0),
    'reserved_cpus_percent', round(coalesce(sum(own.cpu_milli) * 100.0 / nullif(sum(e.cpu_milli), 0), 0), 1),
    'reserved_memory_percent', round(coalesce(sum(own.memory_mb) * 100.0 / nullif(sum(e.memory_mb), 0), 0), 1),
    'used_cpus', trim_scale(sum(u.cpu_milli)::numeric / 1000), 'used_memory', sum(u.memory_mb),
    'used_cpus_percent', round(sum(u.cpu_milli) * 100.0 / nullif(sum(e.cpu_milli) FILTER (WHERE u.at IS NOT NULL), 0), 1),
    'used_memory_percent', round(sum(u.memory_mb) * 100.0 / nullif(sum(e.memory_mb) FILTER (WHERE u.at IS NOT NULL), 0), 1),
    'container_count', (SELECT count(*) FROM containers WHERE removed_at IS NULL),
    'running_count', (SELECT count(*) FROM containers WHERE removed_at IS NULL AND state = 'running'),
    'foreign_count', (SELECT count(*) FROM foreign_containers),
    'image_count', coalesce(sum(e.image_count), 0),
    'engine_count', count(e.id), 'engines_up', count(e.id) FILTER (WHERE e.status = 'up'),
    'n_plus_one', (SELECT ok FROM pool_check),
    'engines_lost', count(e.id) FILTER (WHERE e.lost_at IS NOT NULL),
    'engines_draining', count(e.id) FILTER (WHERE e.draining_since IS NOT NULL),
    'moves_blocked', (SELECT count(*) FROM moves_blocked),
    'frozen', (SELECT string_agg(reason, '; ' ORDER BY since) FROM freezes),
    'frozen_since', (SELECT to_char(min(since) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM freezes),
    'would', CASE WHEN EXISTS (SELECT FROM freezes WHERE kind = 'restored') THEN json_build_object(
        'count', (SELECT count(*) FROM containers WHERE due_at IS NOT NULL AND is_withheld(operation_id)),
        'list', ARRAY(SELECT concat_ws(' ', CASE WHEN desired = 'removed' THEN 'remove' WHEN desired = 'stopped' THEN 'stop'
                                 WHEN docker_id IS NULL THEN 'make' ELSE 'start' END, name, left(id, 12), 'on', engine_id)
                      FROM containers WHERE due_at IS NOT NULL AND is_withheld(operation_id)
                      ORDER BY desired = 'removed' DESC, due_at, id LIMIT 50)) END,
    'etcd_endpoints', array_remove(regexp_split_to_array($2::text, '[ ,]+'), ''), 'version', $1::text, 'pool', (SELECT id FROM pool),
    'keeper', CASE WHEN l.until > clock_timestamp() THEN l.holder END, 'keeper_epoch', l.epoch,
    'keepers_standing_by', (SELECT count(*) FROM keepers WHERE seen > clock_timestamp() - interval '5 seconds'
                            AND (name <> l.holder OR l.until <= clock_timestamp())))::text AS document
FROM keeper_lease l
LEFT JOIN engines e ON true
LEFT JOIN engine_usage u ON u.engine_id = e.id AND u.at > clock_timestamp() - interval '1 minute'
LEFT JOIN (SELECT engine_id, sum(cpu_milli) AS cpu_milli, sum(memory_mb) AS memory_mb FROM containers
           WHERE desired = 'running' GROUP BY engine_id) own ON own.engine_id = e.id
LEFT JOIN (SELECT engine_id, sum(cpu_milli) AS cpu_milli, sum(memory_mb) AS memory_mb
           FROM foreign_containers WHERE running GROUP BY engine_id) other ON other.engine_id = e.id
GROUP BY l.only_row
