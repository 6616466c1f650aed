-- $1 id, $2 user name, $3 role, $4 password hash; no row when there is no such role.
INSERT INTO accounts (id, username, role, password_hash) SELECT $1, $2, name, $4 FROM roles WHERE name = $3
