-- The attempt of address $1 as $2 ('' = whoever) has been decided: it failed.
UPDATE login_failures SET last = clock_timestamp() WHERE address = $1 AND name = $2
