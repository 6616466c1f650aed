SELECT doc::text AS document FROM engines ORDER BY id
