-- Seconds until address $1 may try name $2 again; 1 when they have passed meanwhile.
SELECT coalesce(max(ceil(extract(epoch FROM login_open_at(name, failures, last) - now()))), 1)::integer AS wait_s
FROM login_failures
WHERE address = $1 AND name IN ($2, '') AND login_open_at(name, failures, last) > now()
