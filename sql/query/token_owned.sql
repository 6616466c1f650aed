-- The token of id $1, or of name $1 of account $2 (id).
SELECT id, name, account_id, username FROM token_documents
WHERE id = $1 OR (account_id = $2 AND name = $1) ORDER BY id = $1 DESC LIMIT 1
