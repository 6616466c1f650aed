SELECT (doc || jsonb_strip_nulls(jsonb_build_object('ca_cert', ca_cert, 'ssl_cert', ssl_cert)))::text AS document
FROM engines WHERE id = $1
