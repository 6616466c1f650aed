-- The session of token $1 as the console sees it; its role's grants also as methods.
SELECT jsonb_build_object(
           'username', a.username, 'role', a.role,
           'expiry', to_char(t.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'permissions', (SELECT coalesce(jsonb_agg(g || jsonb_build_object('methods',
                                      CASE g->>'access' WHEN 'write' THEN '["GET", "POST", "DELETE"]'::jsonb ELSE '["GET"]' END)), '[]')
                           FROM jsonb_array_elements(r.doc->'grants') AS g),
           'options', coalesce(r.doc->'options', '[]'))::text AS document
FROM tokens t JOIN accounts a ON a.id = t.account_id JOIN roles r ON r.name = a.role
WHERE t.id = $1
