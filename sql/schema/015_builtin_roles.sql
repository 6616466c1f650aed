-- The built-in roles are as the migrations made them: whoever does not own the table, as no program's role does, may
-- neither change, delete nor add one. What is left to them is what `berth-worker --reset-admin` needs: the role admin
-- as it is by definition.
CREATE FUNCTION role_stays_builtin() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $body$
DECLARE
    admin constant jsonb := '{"id": "admin", "name": "admin", "grants": [{"path": "/", "access": "write"}]}';
    was boolean := TG_OP <> 'INSERT' AND OLD.builtin;
    becomes boolean := TG_OP <> 'DELETE' AND NEW.builtin;
BEGIN
    IF (was OR becomes) AND NOT pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER')
        AND NOT (becomes AND NEW.name = 'admin' AND NEW.doc = admin AND (TG_OP = 'INSERT' OR OLD.name = 'admin')) THEN
        RAISE EXCEPTION 'the role % is built in', CASE TG_OP WHEN 'INSERT' THEN NEW.name ELSE OLD.name END
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$body$;
CREATE TRIGGER role_stays_builtin BEFORE INSERT OR UPDATE OR DELETE ON roles
    FOR EACH ROW EXECUTE FUNCTION role_stays_builtin();
