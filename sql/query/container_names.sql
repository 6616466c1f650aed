-- Names in use that are $1 or begin with $1 and a dash.
SELECT name FROM containers WHERE removed_at IS NULL AND (name = $1 OR starts_with(name, $1 || '-'))
