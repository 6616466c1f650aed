-- All accounts as clients see them: no secrets.
SELECT json_build_object('id', id, 'username', username, 'role', json_build_object('id', role, 'name', role),
                         'disabled', disabled, 'created', to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
       )::text AS document
FROM accounts ORDER BY username
