-- What the keeper found last: could the pool lose any one of its engines? No row: nobody has looked yet.
CREATE TABLE pool_check (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    ok       boolean NOT NULL,
    engines  text NOT NULL, -- those that could not be lost, the first ones; for people
    at       timestamptz NOT NULL
);
GRANT SELECT ON pool_check TO berth_worker, berth_keeper;
GRANT INSERT, UPDATE ON pool_check TO berth_keeper;
