-- The operations whose id begins with $1.
SELECT id FROM operations WHERE id >= $1 AND id < $1 || 'g' LIMIT 2
