-- Hosts that waited and are in etcd no more. $1: the ids that are.
DELETE FROM registrations WHERE id <> ALL ($1::text[]) AND state IN ('pending', 'quarantined')
