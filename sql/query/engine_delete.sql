DELETE FROM engines WHERE id = $1
