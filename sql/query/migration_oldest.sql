-- Transactions of others in this database that have gone on for a while; NULL: there are none.
SELECT string_agg(format('process %s (%s, since %s s)', pid, name, seconds), ', ' ORDER BY seconds DESC, pid) AS sessions
FROM (SELECT pid, coalesce(nullif(application_name, ''), backend_type) AS name,
             extract(epoch FROM clock_timestamp() - xact_start)::bigint AS seconds
      FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < clock_timestamp() - interval '1 second'
      ORDER BY xact_start LIMIT 3) old
