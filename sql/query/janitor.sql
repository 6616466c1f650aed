-- What has served its time: tombstones, operations, tokens.
WITH tombstones AS (DELETE FROM containers WHERE removed_at < now() - interval '7 days'),
     done AS (DELETE FROM operations WHERE finished < now() - interval '1 day')
DELETE FROM tokens WHERE expires_at < now()
