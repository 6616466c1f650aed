-- The freeze "restored" ends by an administrator's word.
UPDATE pool SET restore_accepted = clock_timestamp()
