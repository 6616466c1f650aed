-- Address $1 has logged in as $2: those failures were its own mistakes. What is a day old goes.
WITH pair AS (DELETE FROM login_failures WHERE address = $1 AND name = $2 RETURNING failures),
old AS (
    DELETE FROM login_failures WHERE (address, name) IN (
        SELECT address, name FROM login_failures
        WHERE last < now() - interval '1 day' AND address <> $1 LIMIT 100 FOR UPDATE SKIP LOCKED)
)
UPDATE login_failures
SET failures = greatest(0, login_failures.failures - pair.failures), last = least(last, clock_timestamp())
FROM pair WHERE address = $1 AND name = ''
