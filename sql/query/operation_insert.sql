-- No row comes back when the key is in use.
INSERT INTO operations (id, type, account_id, idempotency_key, request_digest, group_hash, pending)
VALUES ($1, $2, $3, $4, $5, $6, $7::integer)
ON CONFLICT (account_id, idempotency_key) DO NOTHING RETURNING id
