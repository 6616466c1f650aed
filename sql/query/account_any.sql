-- Is there any account?
SELECT id FROM accounts LIMIT 1
