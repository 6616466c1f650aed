-- Drop one month of the history that ended $1 months ago or earlier; NULL: there is none.
SELECT events_drop_month($1::integer) AS name
