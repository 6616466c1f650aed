-- Fail, with the SQLSTATE BE001, unless $1 is the epoch of the lease; it stays so to the end of the transaction.
SELECT lease_check($1::bigint)
