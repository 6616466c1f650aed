-- What keeps exiting, or failing to start, is shown as crash-looping until it has run long enough or somebody asks for
-- something else of it.

ALTER TABLE containers ADD COLUMN exits integer NOT NULL DEFAULT 0; -- and failed starts, since its last long run

-- Whoever notes an exit raises `exits`, and whoever sees a long run sets it to 0; what follows from that is decided here
-- alone. Docker's own restarts count by doc.restart_count: each new count as one, for nobody knows over how long a time
-- those before it are spread.
CREATE FUNCTION container_crash_loop() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $body$
DECLARE
    was jsonb := OLD.doc -> 'crash_loop';
    fresh jsonb;
BEGIN
    IF NEW.intent_seq <> OLD.intent_seq THEN
        NEW.exits := 0;
    ELSIF NEW.doc -> 'restart_count' IS DISTINCT FROM OLD.doc -> 'restart_count'
          AND (NEW.doc ->> 'restart_count')::bigint > 0 THEN
        NEW.exits := NEW.exits + 1;
    END IF;
    IF NEW.exits >= 3 THEN
        fresh := jsonb_build_object(
            'since', coalesce(was ->> 'since', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
            'exits', NEW.exits,
            'exit_code', coalesce(to_jsonb(NEW.exit_code), NEW.doc -> 'last_exit_code'),
            'next_try', CASE WHEN NEW.due_at > now() AND NEW.desired = 'running'
                             THEN to_char(NEW.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END);
        NEW.doc := NEW.doc || jsonb_build_object('crash_loop', fresh);
    ELSE
        NEW.doc := NEW.doc - 'crash_loop';
    END IF;
    IF (was IS NULL) <> (fresh IS NULL) THEN
        INSERT INTO events (type, tags, message, container_id, engine_id)
        VALUES (CASE WHEN was IS NULL THEN 'crash-loop' ELSE 'crash-loop-over' END, '{cluster}',
                concat_ws(' ', 'id=' || NEW.id, 'exits=' || (fresh ->> 'exits'), 'exit_code=' || (fresh ->> 'exit_code')),
                NEW.id, NEW.engine_id);
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER container_crash_loop BEFORE UPDATE OF exits, doc, intent_seq, due_at ON containers FOR EACH ROW
    WHEN (NEW.exits > 0 OR OLD.exits > 0
          OR NEW.doc -> 'restart_count' IS DISTINCT FROM OLD.doc -> 'restart_count')
    EXECUTE FUNCTION container_crash_loop();
