SELECT o.id, o.type, o.state, o.group_hash, o.finished IS NOT NULL AS finished, o.pending,
       to_char(o.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created,
       to_char(o.finished AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS finished_at
FROM operations o WHERE o.id = $1
