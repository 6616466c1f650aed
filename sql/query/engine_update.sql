-- $1 id, $2 the address that the update began from; $3 what is merged into the document, $4 into its engine, $5
-- into what was given by hand (a null takes it out); $6 names of columns and of members of the document that go;
-- $7 CA, $8 certificate, $9 its sealed key, $10 the registry's sealed password, each NULL = as it was.
-- No row: the address was changed meanwhile.
WITH changed AS (
    UPDATE engines SET doc = (doc - $6::text[]) || $3::jsonb
            || jsonb_build_object('engine', (doc -> 'engine') || $4::jsonb),
        given = jsonb_strip_nulls(given || $5::jsonb),
        ca_cert = CASE WHEN 'ca_cert' = ANY ($6::text[]) THEN NULL ELSE coalesce($7, ca_cert) END,
        ssl_cert = CASE WHEN 'ssl_cert' = ANY ($6::text[]) THEN NULL ELSE coalesce($8, ssl_cert) END,
        ssl_key = CASE WHEN 'ssl_cert' = ANY ($6::text[]) THEN NULL ELSE coalesce($9::bytea, ssl_key) END,
        registry_password = CASE WHEN 'registry_auth' = ANY ($6::text[]) THEN NULL
                                 ELSE coalesce($10::bytea, registry_password) END
    WHERE id = $1 AND addr = $2 RETURNING engine_shown(engines) AS doc, ca_cert, ssl_cert
)
SELECT (doc || jsonb_strip_nulls(jsonb_build_object('ca_cert', ca_cert, 'ssl_cert', ssl_cert)))::text AS document
FROM changed
