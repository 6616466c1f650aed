-- Seconds until address $1 may try name $2 again.
SELECT coalesce(max(ceil(extract(epoch FROM login_open_at(name, failures, last) - now()))), 0)::integer AS wait_s
FROM login_failures
WHERE address = $1 AND name IN ($2, '') AND login_open_at(name, failures, last) > now()
