-- Why a cancel left items of the operation $1 alone. $2: JSON array of {id, note}.
UPDATE operation_items i SET note = left_alone.note
FROM json_to_recordset($2::json) AS left_alone(id text, note text)
WHERE i.operation_id = $1 AND i.container_id = left_alone.id AND i.status = 'pending'
