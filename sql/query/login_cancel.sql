-- The attempt of address $1 as $2 ('' = whoever) was not decided: it does not count.
UPDATE login_failures SET failures = failures - 1, last = clock_timestamp()
WHERE address = $1 AND name = $2 AND failures > 0
