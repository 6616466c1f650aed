-- The keeper $1 goes; the lease is to be had at once if $2 is its epoch.
WITH gone AS (
    DELETE FROM keepers WHERE name = $1
)
UPDATE keeper_lease SET until = '-infinity' WHERE epoch = $2::bigint AND holder = $1
