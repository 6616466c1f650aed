-- Name $1 may be tried again from everywhere.
DELETE FROM login_failures WHERE name = $1
