SELECT doc::text AS document FROM engines WHERE id = $1
