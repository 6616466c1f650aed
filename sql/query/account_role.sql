-- Account $1 gets the role $2; its tokens end.
WITH ended AS (DELETE FROM tokens WHERE account_id = $1)
UPDATE accounts SET role = $2 WHERE id = $1
