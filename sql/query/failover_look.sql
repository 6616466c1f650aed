-- What the failover goes by: how many engines are lost that nobody has accepted yet (and the first three of them, for
-- people), how many may be about to be, and of how many that makes. What need not be moved any more is not tried any more.
WITH over AS (
    DELETE FROM moves_blocked b WHERE NOT EXISTS (
        SELECT FROM containers c JOIN engines e ON e.id = c.engine_id
        WHERE c.id = b.container_id AND c.engine_id = b.engine_id AND c.desired = 'running'
          AND (e.lost_at IS NOT NULL OR e.draining_since IS NOT NULL))
)
SELECT count(*) FILTER (WHERE lost_at IS NOT NULL AND NOT loss_accepted) AS lost,
       count(*) FILTER (WHERE lost_at IS NULL AND doc -> 'health' ->> 'state' = 'suspect'
                        AND doc -> 'health' ->> 'host' = 'silent') AS suspect,
       count(*) FILTER (WHERE status <> 'pending' AND NOT loss_accepted) AS pool,
       coalesce(array_to_string((array_agg(id ORDER BY id) FILTER (WHERE lost_at IS NOT NULL AND NOT loss_accepted))[1:3], ', ')
           || ' and ' || nullif(greatest(count(*) FILTER (WHERE lost_at IS NOT NULL AND NOT loss_accepted) - 3, 0), 0) || ' more',
           string_agg(id, ', ' ORDER BY id) FILTER (WHERE lost_at IS NOT NULL AND NOT loss_accepted), '') AS lost_ids,
       coalesce(bool_or(draining_since IS NOT NULL), false) OR EXISTS (SELECT FROM replacements) AS draining,
       EXISTS (SELECT FROM freezes WHERE kind = 'engines-lost') AS frozen,
       EXISTS (SELECT FROM freezes WHERE kind <> 'engines-lost') AS frozen_otherwise
FROM engines
