-- One scaling of a group at a time; held to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended($1, 6237481922))
