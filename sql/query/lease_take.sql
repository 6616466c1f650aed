-- The lease goes to $1 for $2 ms, if it is to be had (lease_look). Keepers that have not been seen for a minute are
-- forgotten.
WITH gone AS (
    DELETE FROM keepers WHERE seen < clock_timestamp() - interval '1 minute'
)
UPDATE keeper_lease SET epoch = epoch + 1, holder = $1, since = clock_timestamp(),
    until = clock_timestamp() + make_interval(secs => $2::integer / 1000.0)
WHERE until NOT BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 minute' RETURNING epoch
