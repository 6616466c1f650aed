-- What a login of user $1 is held against.
SELECT id, username, role, password_hash, disabled FROM accounts WHERE username = $1
