-- One placement at a time in the pool; held to the end of the transaction (milliseconds).
SELECT pg_advisory_xact_lock(6237481921)
