-- The role $1 as clients see it.
SELECT document FROM role_documents WHERE name = $1
