-- Which of the operations $1 are finished?
SELECT id FROM operations WHERE id = ANY ($1::text[]) AND finished IS NOT NULL
