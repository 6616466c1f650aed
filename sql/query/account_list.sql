-- All accounts as clients see them: no secrets.
SELECT document FROM account_documents ORDER BY username
