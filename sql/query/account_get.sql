-- The account of user name or id $1 as clients see it.
SELECT document FROM account_documents
WHERE username = $1 OR id = $1 ORDER BY username = $1 DESC LIMIT 1
