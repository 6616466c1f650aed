-- Tokens of account $1 (id; NULL = all), newest first; $2 is the one that asks.
SELECT (doc || jsonb_build_object('current', id = $2))::text AS document
FROM token_documents WHERE ($1::text IS NULL OR account_id = $1) AND expires_at > now()
ORDER BY created DESC, id
