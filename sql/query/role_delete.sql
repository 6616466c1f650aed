DELETE FROM roles WHERE name = $1
