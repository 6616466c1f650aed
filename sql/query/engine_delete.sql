-- With the word that its registration has gone; that of a host which waits under the same id stays.
WITH word AS (
    DELETE FROM registrations WHERE id = $1 AND state IN ('lapsed', 'withdrawn')
)
DELETE FROM engines WHERE id = $1
