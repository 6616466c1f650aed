-- Why the container $1 is where it is; doc NULL = not placed by berth, or before that was kept.
SELECT c.engine_id, c.generation, c.placement_step, p.doc::text AS doc, to_jsonb(c.tried)::text AS tried,
       to_char(p.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS time
FROM containers c LEFT JOIN placements p ON p.id = c.placement_id WHERE c.id = $1
