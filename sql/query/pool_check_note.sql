-- $1: could the pool lose any one of its engines; $2 those that it could not. Returns what was so before.
WITH before AS (
    SELECT ok FROM pool_check
), put AS (
    INSERT INTO pool_check (ok, engines, at) VALUES ($1::boolean, $2, now())
    ON CONFLICT (only_row) DO UPDATE SET ok = excluded.ok, engines = excluded.engines, at = excluded.at
)
SELECT ok FROM before
