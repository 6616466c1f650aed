-- A registration may also stand for an engine of the pool whose key has gone from etcd: lapsed (it ran out, or was
-- lost; nothing follows from that) or withdrawn (somebody deleted it: nothing new is placed on the engine).
ALTER TABLE registrations DROP CONSTRAINT registrations_state_check,
    ADD CONSTRAINT registrations_state_check CHECK (state IN ('pending', 'quarantined', 'lapsed', 'withdrawn'));
