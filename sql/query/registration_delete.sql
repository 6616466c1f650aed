DELETE FROM registrations WHERE id = $1
