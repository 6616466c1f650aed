-- The freeze $1 ends; NULL: each of them.
DELETE FROM freezes WHERE kind = $1 OR $1 IS NULL RETURNING kind, reason
