-- $1 id, $2 user name, $3 role, $4 password hash.
INSERT INTO accounts (id, username, role, password_hash) VALUES ($1, $2, $3, $4)
