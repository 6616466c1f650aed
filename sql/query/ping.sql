-- The pool: one row.
SELECT 1
