-- Is there a list of what has been applied?
SELECT to_regclass('public.schema_migrations') IS NOT NULL AS there
