-- $1 type, $2 tags, $3 message, $4 container, $5 engine, $6 account, $7 request, $8 document.
INSERT INTO events (type, tags, message, container_id, engine_id, account, request_id, doc)
VALUES ($1, $2::text[], $3, $4, $5, $6, $7, coalesce($8::jsonb, '{}'))
