-- The role $1, and how many accounts have it.
SELECT name, grants, builtin, (SELECT count(*) FROM accounts WHERE role = $1) AS accounts FROM roles WHERE name = $1
