-- Of several keepers one leads: the bearer of the lease, which it renews. The epoch rises with each bearer; whatever a
-- leader changes it changes in a transaction that has checked its epoch, so that one that was paused and goes on is
-- refused. Time is the database's.
CREATE TABLE keeper_lease (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch    bigint NOT NULL DEFAULT 0,
    holder   text COLLATE "C" NOT NULL DEFAULT '',
    since    timestamptz NOT NULL DEFAULT '-infinity',
    until    timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO keeper_lease DEFAULT VALUES;
-- Every keeper that is there says so once a second. Losing it in a crash is no loss.
CREATE UNLOGGED TABLE keepers (
    name text COLLATE "C" PRIMARY KEY,
    seen timestamptz NOT NULL
);
GRANT SELECT ON keeper_lease, keepers TO berth_worker, berth_keeper;
GRANT UPDATE ON keeper_lease TO berth_keeper;
GRANT INSERT, UPDATE, DELETE ON keepers TO berth_keeper;

-- Is `mine` the epoch of the lease, and does it stay so until this transaction ends? Whoever takes the lease over waits
-- for those that hold the lock (sql/query/lease_lock.sql), milliseconds; a session's time-outs bound it.
CREATE FUNCTION lease_check(mine bigint) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(6237481923);
    IF NOT EXISTS (SELECT FROM keeper_lease WHERE epoch = mine) THEN
        RAISE EXCEPTION 'epoch % of the keeper is over', mine USING ERRCODE = 'BE001';
    END IF;
END
$body$;
