-- Failed logins, by address and user name, and with an empty name by address alone. Losing it in a crash is no loss.
CREATE UNLOGGED TABLE login_failures (
    address  text COLLATE "C" NOT NULL,
    name     text COLLATE "C" NOT NULL, -- SHA-256 of the user name: people type passwords into the wrong field
    failures integer NOT NULL DEFAULT 1,
    last     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (address, name)
);
CREATE INDEX login_failures_last ON login_failures (last);
GRANT SELECT, INSERT, UPDATE, DELETE ON login_failures TO berth_worker, berth_keeper;
