-- One migrator at a time; held until its session ends.
SELECT pg_advisory_lock(6237481920)
