-- Account $1; its tokens end.
WITH ended AS (DELETE FROM tokens WHERE account_id = $1)
UPDATE accounts SET disabled = true WHERE id = $1
