-- What the previous bearer of this name held: it is dead.
WITH others AS (
    UPDATE foreign_work SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = $1
)
UPDATE containers SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = $1
