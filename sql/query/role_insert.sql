-- Role $1 with the document $2.
INSERT INTO roles (name, doc) VALUES ($1, $2::jsonb)
