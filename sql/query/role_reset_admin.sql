-- The role that may do everything is there, and does.
INSERT INTO roles (name, doc, builtin)
VALUES ('admin', '{"id": "admin", "name": "admin", "grants": [{"path": "/", "access": "write"}]}', true)
ON CONFLICT (name) DO UPDATE SET doc = excluded.doc, builtin = true
