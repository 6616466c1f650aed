-- The account of id $1 or user name $2, the other being NULL; or, both being the same, a user name rather than an id.
-- A login that is being made waits, or has been made before. `others`: enabled administrators besides it.
SELECT id, username, role, grants, disabled,
       (SELECT count(*) FROM accounts o WHERE o.role = 'admin' AND NOT o.disabled AND o.id <> a.id) AS others
FROM accounts a
WHERE id = (SELECT id FROM accounts WHERE id = $1 OR username = $2 ORDER BY username = $2 DESC NULLS LAST LIMIT 1)
FOR NO KEY UPDATE
