-- With its tokens.
DELETE FROM accounts WHERE id = $1
