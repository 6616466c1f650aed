-- This transaction's commit waits for the disk.
SELECT set_config('synchronous_commit', 'on', true)
