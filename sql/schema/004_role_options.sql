-- A role's document may list options, each by its name (core/control/policy_spec.c): {"options": ["host-mounts"]}.
-- They are lines "option NAME" among its grants, so that each request reads them with the rest.
CREATE OR REPLACE FUNCTION grants_text(doc jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce(string_agg(line, E'\n' ORDER BY kind, n), '')
    FROM (SELECT 1 AS kind, n, (g ->> 'access') || ' ' || (g ->> 'path') AS line
          FROM jsonb_array_elements(CASE jsonb_typeof(doc -> 'grants') WHEN 'array' THEN doc -> 'grants' ELSE '[]' END)
              WITH ORDINALITY AS list(g, n)
          WHERE g ->> 'access' IN ('read', 'write') AND g ->> 'path' ~ '^/[!-~]*$'
          UNION ALL
          SELECT 2, n, 'option ' || (o #>> '{}')
          FROM jsonb_array_elements(CASE jsonb_typeof(doc -> 'options') WHEN 'array' THEN doc -> 'options' ELSE '[]' END)
              WITH ORDINALITY AS list(o, n)
          WHERE jsonb_typeof(o) = 'string' AND o #>> '{}' ~ '^[a-z0-9-]+$') AS lines
$body$;
UPDATE roles SET doc = doc; -- the generated column is made anew, and goes to the accounts
