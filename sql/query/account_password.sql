-- $1 user name, $2 password hash.
UPDATE accounts SET password_hash = $2 WHERE username = $1 RETURNING id
