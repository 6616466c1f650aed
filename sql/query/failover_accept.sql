-- Engines that have been lost for $1 seconds were not lost together with the next one.
UPDATE engines SET loss_accepted = true
WHERE lost_at < clock_timestamp() - make_interval(secs => $1::integer) AND NOT loss_accepted
