-- Whose token is $1, and what may its owner do? No row when it has expired or the account is disabled.
SELECT t.digest, t.name IS NOT NULL AS service, a.id, a.username, a.role, a.grants,
       (SELECT version FROM auth_version) AS auth_version,
       greatest(0, extract(epoch FROM t.expires_at - now()) - 1)::integer AS seconds_left
FROM tokens t JOIN accounts a ON a.id = t.account_id
WHERE t.id = $1 AND t.expires_at > now() AND NOT a.disabled
