-- Engines with work that nobody does, locked, so that their caps can be counted in the next statement.
SELECT e.id FROM engines e
WHERE EXISTS (SELECT FROM containers c WHERE c.engine_id = e.id AND c.due_at <= now()
                  AND (c.claimed_until IS NULL OR c.claimed_until < now()))
ORDER BY e.id FOR NO KEY UPDATE OF e SKIP LOCKED
