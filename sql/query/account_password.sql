-- $1 id, $2 password hash; every token but $3 (NULL = none is left) ends.
WITH ended AS (DELETE FROM tokens WHERE account_id = $1 AND id IS DISTINCT FROM $3)
UPDATE accounts SET password_hash = $2 WHERE id = $1
