-- What has failed of the operation $1 is the operation $2's now: it is tried again once.
WITH own AS (
    UPDATE operation_items SET status = 'superseded', note = 'Operation ' || $2 || ' tries it again.'
    WHERE operation_id = $1 AND status = 'failed'
), other AS (
    UPDATE foreign_work SET status = 'superseded', note = 'Operation ' || $2 || ' tries it again.'
    WHERE operation_id = $1 AND status = 'failed'
)
UPDATE operations SET superseded = superseded + failed, failed = 0 WHERE id = $1
