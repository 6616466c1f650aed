-- All roles with what they grant.
SELECT document FROM role_documents ORDER BY name
