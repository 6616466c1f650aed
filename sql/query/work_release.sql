-- What the previous bearer of this name held: it is dead.
UPDATE containers SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = $1
