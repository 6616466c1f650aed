-- Roles of one's own, and named tokens for programs.

ALTER TABLE roles ADD COLUMN builtin boolean NOT NULL DEFAULT false; -- neither changed nor deleted
UPDATE roles SET builtin = true WHERE name IN ('admin', 'user', 'deployer', 'viewer');
GRANT INSERT, UPDATE, DELETE ON roles TO berth_worker;

ALTER TABLE tokens ADD COLUMN name text COLLATE "C"; -- of a service token; NULL = the session of a login
CREATE UNIQUE INDEX tokens_name ON tokens (account_id, name) WHERE name IS NOT NULL;

-- Records as clients see them: no secrets.
CREATE VIEW account_documents AS
SELECT id, username,
       json_build_object('id', id, 'username', username, 'role', json_build_object('id', role, 'name', role),
                         'disabled', disabled,
                         'created', to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text AS document
FROM accounts;
CREATE VIEW role_documents AS
SELECT name, ('{"options": []}' || doc || jsonb_build_object('builtin', builtin))::text AS document FROM roles;
CREATE VIEW token_documents AS
SELECT t.id, t.name, t.account_id, a.username, t.created, t.expires_at,
       jsonb_build_object('id', t.id, 'name', t.name, 'kind', CASE WHEN t.name IS NULL THEN 'session' ELSE 'service' END,
                          'account', a.username, 'user_agent', t.user_agent,
                          'created', to_char(t.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                          'expires_at', to_char(t.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS doc
FROM tokens t JOIN accounts a ON a.id = t.account_id;
GRANT SELECT ON account_documents, role_documents, token_documents TO berth_worker;

-- When an address may try a name ('' = whoever) again. After 10 failures of a pair, or 50 of an address, each further
-- one doubles the wait, up to a quarter of an hour.
CREATE FUNCTION login_open_at(name text, failures integer, last timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
AS $body$
    SELECT CASE WHEN failures < allowed THEN '-infinity'
                ELSE last + make_interval(secs => least(900, 2 ^ least(10, failures - allowed))) END
    FROM (SELECT CASE name WHEN '' THEN 50 ELSE 10 END AS allowed) AS limits
$body$;
