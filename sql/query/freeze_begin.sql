-- Nothing is moved any more, because of $2; no row: that was so already.
INSERT INTO freezes (kind, reason) VALUES ($1, $2) ON CONFLICT (kind) DO NOTHING RETURNING kind
