-- The lease of $1 goes on for $3 ms, if $2 is still its epoch; also when it is over and nobody has taken it.
WITH here AS (
    INSERT INTO keepers (name, seen) VALUES ($1, clock_timestamp()) ON CONFLICT (name) DO UPDATE SET seen = excluded.seen
)
UPDATE keeper_lease SET until = clock_timestamp() + make_interval(secs => $3::integer / 1000.0)
WHERE epoch = $2::bigint RETURNING epoch
