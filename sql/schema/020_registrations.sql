-- Hosts that have registered in etcd and are not (yet) engines of the pool, each with the reason. The document is an
-- engine's, as clients see it: its state is pending (it waits for an administrator, or does not answer yet) or
-- quarantined (it contradicts what the pool knows). Nothing is ever placed on one.
CREATE TABLE registrations (
    id      text COLLATE "C" PRIMARY KEY,
    doc     jsonb NOT NULL CHECK (doc ->> 'id' = id),
    state   text NOT NULL GENERATED ALWAYS AS (doc -> 'health' ->> 'state') STORED CHECK (state IN ('pending', 'quarantined')),
    changed timestamptz NOT NULL DEFAULT now()
);

-- Engines that an administrator took out: what registers as one of them stays out until it is approved or added by
-- hand. The document is what approval brings it back from.
CREATE TABLE engine_tombstones (
    id       text COLLATE "C" PRIMARY KEY,
    identity text COLLATE "C",
    doc      jsonb NOT NULL,
    removed  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX engine_tombstones_identity ON engine_tombstones (identity);

GRANT SELECT, INSERT, UPDATE, DELETE ON registrations, engine_tombstones TO berth_worker, berth_keeper;
