-- The first account, only where there is none: $1 its id, $2 its password hash.
INSERT INTO accounts (id, username, role, password_hash)
SELECT $1, 'admin', 'admin', $2 WHERE NOT EXISTS (SELECT 1 FROM accounts)
