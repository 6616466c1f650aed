-- Wait until no transaction of the leader is under way, and let none begin (lease_check); to the end of the transaction.
SELECT pg_advisory_xact_lock(6237481923)
