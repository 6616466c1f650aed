-- Engines with work that nobody does, locked, so that their caps can be counted in the next statement.
SELECT e.id FROM engines e
WHERE EXISTS (SELECT FROM containers c WHERE c.engine_id = e.id AND c.due_at <= now()
                  AND (c.claimed_until IS NULL OR c.claimed_until < now()) AND NOT is_withheld(c.operation_id))
ORDER BY e.id FOR NO KEY UPDATE OF e SKIP LOCKED
