-- What each keeper has counted since it began, for /metrics: objects of numbers.
ALTER TABLE keepers
    ADD COLUMN counters jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN ends     jsonb NOT NULL DEFAULT '{}'; -- of its work on containers
