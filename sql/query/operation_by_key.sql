SELECT id, request_digest FROM operations WHERE account_id = $1 AND idempotency_key = $2
