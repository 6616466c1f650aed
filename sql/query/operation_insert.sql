-- No row comes back when the key is in use. Without items there is nothing to wait for.
INSERT INTO operations (id, type, account_id, idempotency_key, request_digest, group_hash, pending, finished)
VALUES ($1, $2, $3, $4, $5, $6, $7::integer, CASE WHEN $7::integer = 0 THEN now() END)
ON CONFLICT (account_id, idempotency_key) DO NOTHING RETURNING id
