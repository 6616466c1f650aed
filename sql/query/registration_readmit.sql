-- An engine whose registration was deleted is used again, without one.
DELETE FROM registrations WHERE id = $1 AND state = 'withdrawn'
