SELECT to_jsonb(tried)::text AS tried FROM containers WHERE id = $1
