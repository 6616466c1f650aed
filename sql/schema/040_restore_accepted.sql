-- When an administrator last ended the freeze "restored": what a mark from before then proves (restored.h) is known since.
ALTER TABLE pool ADD COLUMN restore_accepted timestamptz;
GRANT UPDATE (restore_accepted) ON pool TO berth_worker;
