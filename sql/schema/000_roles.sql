-- The database roles of the programs, one each; how they log in (peer, password, certificate) is the
-- cluster's business. They belong to the cluster, so they may be there already.
DO $body$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['berth_worker', 'berth_keeper', 'berth_migrator'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted);
        END IF;
    END LOOP;
END
$body$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
