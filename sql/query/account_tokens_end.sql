-- Every token of account $1.
DELETE FROM tokens WHERE account_id = $1
