-- The grants of the document $1 as lines.
SELECT grants_text($1::jsonb) AS grants
