-- Every token of account $1 but $2 (NULL = none is left).
DELETE FROM tokens WHERE account_id = $1 AND id IS DISTINCT FROM $2
