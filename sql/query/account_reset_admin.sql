-- $1 id if there is no account of that name, $2 password hash.
INSERT INTO accounts (id, username, role, password_hash) VALUES ($1, 'admin', 'admin', $2)
ON CONFLICT (username) DO UPDATE SET role = 'admin', disabled = false, password_hash = $2
RETURNING id
