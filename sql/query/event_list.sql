SELECT document FROM event_documents ORDER BY id DESC LIMIT $1::integer
