-- By id ($1) or user name ($2), the other being NULL.
DELETE FROM accounts WHERE id = $1 OR username = $2 RETURNING id, username
