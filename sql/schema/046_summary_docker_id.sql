-- The short form tells Docker's id too, by which a container is looked for that somebody has seen on its engine.
CREATE OR REPLACE FUNCTION container_page(count integer, stopped boolean, managed boolean, names text[], images text[],
                                          engines text[], states text[], groups text[], labels text[], cursor_seq bigint,
                                          cursor_tie bigint, short boolean)
RETURNS TABLE (body text, tail text, error text, seq bigint, tie bigint) LANGUAGE plpgsql STABLE AS $body$
BEGIN
    RETURN QUERY EXECUTE 'SELECT CASE WHEN $12 THEN c.summary ELSE c.body END,
            CASE WHEN $12 THEN '',"engine":{"id":'' || to_json(e.id) || ''},"engine_status":"'' || e.status || ''"''
                 ELSE e.tail END, c.error, c.seq, c.tie
        FROM (SELECT body, summary || '',"state":"'' || state || ''","desired":"'' || desired || ''","exit_code":''
                  || coalesce(exit_code::text, ''null'') || '',"created":'' || coalesce((doc -> ''created'')::text, ''null'')
                  || '',"group":"'' || group_hash || ''","docker_id":'' || coalesce(''"'' || docker_id || ''"'', ''null'')
                  || '',"managed":true,"cpus":'' || trim_scale(cpu_milli::numeric / 1000)
                  || '',"memory":'' || memory_mb || '',"labels":'' || coalesce((doc -> ''image'' -> ''labels'')::text, ''[]'')
                  || CASE WHEN exits >= 3 THEN '',"crash_loop":'' || coalesce((doc -> ''crash_loop'')::text, ''null'') ELSE '''' END
                  AS summary, engine_id, error, created_seq AS seq, 0::bigint AS tie
              FROM containers
              WHERE removed_at IS NULL AND ($2 OR state = ''running'') AND $3 IS DISTINCT FROM false
                AND ($4 IS NULL OR name = ANY ($4)) AND ($5 IS NULL OR image = ANY ($5) OR image_bare(image) = ANY ($5))
                AND ($6 IS NULL OR engine_id = ANY ($6)) AND ($7 IS NULL OR state = ANY ($7))
                AND ($8 IS NULL OR group_hash = ANY ($8)) AND ($9 IS NULL OR doc -> ''image'' -> ''labels'' ?| $9)
                AND ($10 IS NULL OR created_seq < $10)
              UNION ALL
              SELECT body, ''{"id":'' || coalesce((doc -> ''id'')::text, ''null'') || '',"name":''
                  || coalesce((doc -> ''name'')::text, ''null'') || '',"image":{"name":'' || coalesce((doc -> ''image'')::text, ''null'')
                  || ''},"ports":'' || coalesce((doc -> ''ports'')::text, ''[]'') || '',"state":''
                  || coalesce((doc -> ''state'')::text, ''null'') || '',"desired":null,"exit_code":null,"created":''
                  || coalesce((doc -> ''created'')::text, ''null'') || '',"group":null,"managed":false,"cpus":''
                  || trim_scale(cpu_milli::numeric / 1000) || '',"memory":'' || memory_mb || '',"labels":[],"lost":''
                  || coalesce((doc -> ''lost'')::text, ''false''),
                  engine_id, NULL, listed_seq, (''x'' || left(docker_id, 15))::bit(60)::bigint
              FROM foreign_containers
              WHERE ($2 OR doc ->> ''state'' = ''running'') AND $3 IS DISTINCT FROM true
                AND ($4 IS NULL OR name = ANY ($4))
                AND ($5 IS NULL OR doc ->> ''image'' = ANY ($5) OR image_bare(doc ->> ''image'') = ANY ($5))
                AND ($6 IS NULL OR engine_id = ANY ($6)) AND ($7 IS NULL OR doc ->> ''state'' = ANY ($7))
                AND $8 IS NULL AND $9 IS NULL
                AND ($10 IS NULL OR (listed_seq, (''x'' || left(docker_id, 15))::bit(60)::bigint) < ($10, $11))) c
        LEFT JOIN engines e ON e.id = c.engine_id
        ORDER BY c.seq DESC, c.tie DESC LIMIT $1'
        USING count, stopped, managed, names, images, engines, states, groups, labels, cursor_seq, cursor_tie, short;
END
$body$;
