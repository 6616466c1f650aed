-- Nobody else changes the operation $1 from here on.
SELECT id FROM operations WHERE id = $1 FOR UPDATE
