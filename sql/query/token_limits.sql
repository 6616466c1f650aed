-- May the bearer of token $1 make one of $3 days for account $2? No row when that token has ended meanwhile.
SELECT name IS NULL OR expires_at >= now() + make_interval(days => $3::integer) AS outlives,
       (SELECT count(*) FROM tokens WHERE account_id = $2 AND name IS NOT NULL) AS named
FROM tokens WHERE id = $1 AND expires_at > now()
