-- Address $1 tries to log in as $2 ('' = whoever): counted before the password is looked at, and until that is done, or
-- for 10 seconds, taken for one that has just failed: where failures have to wait, guesses are tried one at a time.
-- No row while it has to wait; a day without a failure forgets them.
INSERT INTO login_failures AS f (address, name, last) VALUES ($1, $2, clock_timestamp() + interval '10 seconds')
ON CONFLICT (address, name) DO UPDATE
SET failures = CASE WHEN f.last > now() - interval '1 day' THEN f.failures + 1 ELSE 1 END, last = excluded.last
WHERE login_open_at(f.name, f.failures, f.last) <= clock_timestamp()
RETURNING failures
