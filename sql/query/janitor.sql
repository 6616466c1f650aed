-- What has served its time: tombstones, operations, reasons of placements, tokens.
WITH tombstones AS (DELETE FROM containers WHERE removed_at < now() - interval '7 days'),
     reasons AS (DELETE FROM placements p WHERE time < now() - interval '1 hour'
                 AND NOT EXISTS (SELECT FROM containers c WHERE c.placement_id = p.id)),
     done AS (DELETE FROM operations WHERE finished < now() - interval '1 day')
DELETE FROM tokens WHERE expires_at < now()
