-- Of what was seen ($1, as in observe_apply): copies that a row proves obsolete, by its tombstone or by a newer
-- generation; but for one that is kept until the newer one runs. After a restore a row proves nothing until an
-- administrator has ended the freeze.
SELECT seen.docker_id, seen.id
FROM json_to_recordset($1::json) AS seen(id text, generation integer, docker_id text)
JOIN containers c ON c.id = seen.id
WHERE (c.removed_at IS NOT NULL
       OR (seen.generation < c.generation
           AND NOT EXISTS (SELECT FROM replacements r WHERE r.container_id = c.id AND r.docker_id = seen.docker_id)))
  AND NOT EXISTS (SELECT FROM freezes WHERE kind = 'restored')
