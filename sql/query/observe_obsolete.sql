-- Of what was seen ($1, as in observe_apply) on engine $2: copies that a row proves obsolete, by its tombstone or by a newer
-- generation; but for one that is kept until the newer one runs, as long as that is wanted (one that did not run: as long
-- as it may be given back), and for the row's own copy,
-- whatever its label says: it may have been given back since $1 was read (replacement_undo). After a restore a row proves
-- nothing until an administrator has ended the freeze.
SELECT seen.docker_id, seen.id
FROM json_to_recordset($1::json) AS seen(id text, generation integer, docker_id text)
JOIN containers c ON c.id = seen.id
WHERE (c.removed_at IS NOT NULL
       OR (seen.generation < c.generation AND (c.docker_id = seen.docker_id AND c.engine_id = $2) IS NOT TRUE
           AND NOT (c.desired <> 'removed'
                    AND EXISTS (SELECT FROM replacements r WHERE r.container_id = c.id AND r.docker_id = seen.docker_id
                                AND (c.desired = 'running' OR r.state <> 'running')))))
  AND NOT EXISTS (SELECT FROM freezes WHERE kind = 'restored')
