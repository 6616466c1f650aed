-- What speaks on links to $1 of containers with the names $2. kind: 'target' = one for each of $1, with what is there
-- under that name; 'linker' = a container that is linked to one of $2 already; 'cycle' = one of $2 that links lead to.
WITH RECURSIVE alive AS NOT MATERIALIZED (
    SELECT * FROM containers WHERE removed_at IS NULL AND desired <> 'removed'
), reach(name) AS (
    SELECT given.name COLLATE "C" FROM unnest($1::text[]) AS given(name)
    UNION
    SELECT linked.name FROM reach JOIN alive c ON c.name = reach.name CROSS JOIN unnest(c.links) AS linked(name)
)
SELECT 'target' AS kind, wanted.name, c.id, c.engine_id, c.desired,
       CASE WHEN c.docker_id IS NULL AND EXISTS (SELECT FROM replacements r WHERE r.container_id = c.id AND r.state = 'running')
            THEN 'placed' ELSE c.state END AS state, -- its old copy runs, elsewhere
       EXISTS (SELECT FROM foreign_containers f WHERE f.name = wanted.name) AS unmanaged
FROM unnest($1::text[]) AS wanted(name) LEFT JOIN alive c ON c.name = wanted.name
UNION ALL
SELECT 'linker', c.name, c.id, c.engine_id, c.desired, c.state, false FROM containers c
WHERE c.links && $2::text[] AND c.links <> '{}' AND c.removed_at IS NULL AND c.desired <> 'removed'
UNION ALL
SELECT 'cycle', reach.name, NULL, NULL, NULL, NULL, false FROM reach WHERE reach.name = ANY ($2::text[])
ORDER BY kind, name
