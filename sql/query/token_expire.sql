-- The expired tokens of account $1 go, so that their names are free.
DELETE FROM tokens WHERE account_id = $1 AND expires_at <= now()
