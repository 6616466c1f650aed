-- Seconds until address $1 may try name $2 again. After 10 failures of a pair, or 50 of an address, each further one
-- doubles the wait, up to a quarter of an hour; a day without one forgets them.
SELECT coalesce(max(ceil(extract(epoch FROM
           last + make_interval(secs => least(900, 2 ^ least(10, failures - free))) - now()))), 0)::integer AS wait_s
FROM login_failures JOIN (VALUES ($2, 10), ('', 50)) AS limits (name, free) USING (name)
WHERE address = $1 AND failures >= free AND last > now() - interval '1 day'
