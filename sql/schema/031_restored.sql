-- The freeze "restored": the database is older than what was done by it. What was asked for before the freeze waits.
CREATE FUNCTION is_withheld(operation text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT EXISTS (SELECT FROM freezes f WHERE f.kind = 'restored'
                       AND NOT EXISTS (SELECT FROM operations o WHERE o.id = operation AND o.created >= f.since))
$body$;
