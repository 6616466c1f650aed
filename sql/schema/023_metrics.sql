-- Whoever may read the pool may read its metrics.
UPDATE roles SET doc = jsonb_set(doc, '{grants}', doc -> 'grants' || '[{"path": "/metrics", "access": "read"}]')
WHERE builtin AND name IN ('user', 'deployer', 'viewer');
