CREATE TABLE IF NOT EXISTS schema_migrations (
    name     text COLLATE "C" PRIMARY KEY,
    checksum text NOT NULL,
    applied  timestamptz NOT NULL DEFAULT now()
)
