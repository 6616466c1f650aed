-- The container whose whole id is $1: what most requests ask for, and the quickest way. The condition on removed_at
-- is written so that no partial index fits it: a plan made while the table is tiny must not walk one of them.
SELECT c.body, e.tail, c.error, (SELECT version FROM auth_version) AS auth_version
FROM containers c LEFT JOIN engines e ON e.id = c.engine_id
WHERE c.id = $1 AND coalesce(c.removed_at, 'infinity') = 'infinity'
