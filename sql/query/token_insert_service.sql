-- A named token: $1 id, $2 account, $3 digest, $4 user agent, $5 days to live, $6 name.
INSERT INTO tokens (id, account_id, digest, user_agent, expires_at, name)
VALUES ($1, $2, $3, $4, now() + make_interval(days => $5::integer), $6)
RETURNING to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires_at
