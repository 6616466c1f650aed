-- The session of a login: $1 id, $2 account, $3 digest, $4 user agent, $5 hours to live. The account's expired tokens
-- go. No row when its password is no longer of the hash $6 that was verified, or when it has been disabled.
WITH owner AS (SELECT id FROM accounts WHERE id = $2 AND password_hash = $6 AND NOT disabled FOR SHARE),
     expired AS (DELETE FROM tokens USING owner WHERE account_id = owner.id AND expires_at <= now())
INSERT INTO tokens (id, account_id, digest, user_agent, expires_at)
SELECT $1, owner.id, $3, $4, now() + make_interval(hours => $5::integer) FROM owner
RETURNING to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expires_at
