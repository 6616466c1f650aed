-- One change of accounts and roles at a time: what was checked is still so when it is written.
SELECT pg_advisory_xact_lock(6237481922)
