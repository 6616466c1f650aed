-- Returns the state that it had.
DELETE FROM registrations WHERE id = $1 RETURNING state
