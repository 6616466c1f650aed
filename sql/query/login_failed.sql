-- Address $1 has failed to log in as $2.
INSERT INTO login_failures AS f (address, name) VALUES ($1, $2), ($1, '')
ON CONFLICT (address, name) DO UPDATE
SET failures = CASE WHEN f.last > now() - interval '1 day' THEN f.failures + 1 ELSE 1 END, last = now()
