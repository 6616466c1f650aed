UPDATE accounts SET disabled = false WHERE id = $1
