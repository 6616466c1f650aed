-- Copies on the engines that are of a newer generation than their rows: the rows are older than what was done by them.
-- The newest of each container; from the freeze "restored" until it ends.
CREATE TABLE newer_copies (
    container_id text COLLATE "C" PRIMARY KEY REFERENCES containers ON DELETE CASCADE,
    engine_id    text COLLATE "C" NOT NULL REFERENCES engines ON DELETE CASCADE,
    generation   integer NOT NULL
);
CREATE INDEX newer_copies_engine ON newer_copies (engine_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON newer_copies TO berth_worker, berth_keeper;
