-- How engines are reached. Certificates stand beside the document, which is rewritten at each look; what is
-- secret is sealed with the master key, bound to the engine's id and the column's purpose.
ALTER TABLE engines
    ADD COLUMN ca_cert           text,  -- PEM; vouches for the engine; NULL = the system's authorities
    ADD COLUMN ssl_cert          text,  -- PEM; the client certificate
    ADD COLUMN ssl_key           bytea, -- sealed PEM
    ADD COLUMN registry_password bytea, -- sealed; server and user name stand in doc.registry_auth
    ADD CONSTRAINT engines_key CHECK ((ssl_cert IS NULL) = (ssl_key IS NULL)),
    ADD CONSTRAINT engines_login CHECK ((registry_password IS NULL) = (doc -> 'registry_auth' IS NULL));

UPDATE engines SET doc = doc || '{"warning": "The connection is not encrypted: whoever is on the way to the engine controls it. Use https:// with certificates."}'
WHERE addr ~ '^(tcp|http):';

-- How far an image is: {"phase", "layers_done", "layers", "bytes_done", "bytes"}.
ALTER TABLE operation_items ADD COLUMN progress jsonb;
