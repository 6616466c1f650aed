-- Those that links join leave an engine together: the copies of stopped ones are kept, too, until that is done.
ALTER TABLE replacements ADD COLUMN state text NOT NULL DEFAULT 'running'; -- of the old copy
