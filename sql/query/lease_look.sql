-- The keeper $1 is there; who leads, and in how many ms the lease is to be had. One that would last for more than a
-- minute is of a clock that was set back since.
WITH here AS (
    INSERT INTO keepers (name, seen) SELECT $1, clock_timestamp()
    WHERE NOT EXISTS (SELECT FROM keepers WHERE name = $1 AND seen > clock_timestamp() - interval '1 second')
    ON CONFLICT (name) DO UPDATE SET seen = excluded.seen
)
SELECT epoch, holder,
       CASE WHEN until BETWEEN clock_timestamp() AND clock_timestamp() + interval '1 minute'
            THEN ceil(extract(epoch FROM until - clock_timestamp()) * 1000)::bigint ELSE 0 END AS left_ms
FROM keeper_lease
