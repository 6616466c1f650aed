-- All roles with what they grant.
SELECT doc::text AS document FROM roles ORDER BY name
