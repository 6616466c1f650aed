-- $1 id, $2 account, $3 digest, $4 user agent, $5 hours to live. The account's expired tokens go.
WITH expired AS (DELETE FROM tokens WHERE account_id = $2 AND expires_at <= now())
INSERT INTO tokens (id, account_id, digest, user_agent, expires_at)
VALUES ($1, $2, $3, $4, now() + make_interval(hours => $5::integer))
RETURNING to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires_at
