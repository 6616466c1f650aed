-- Images on their way from one engine to another: the executor that copies one, until when; another one waits for it.
CREATE TABLE image_copies (
    engine_id     text COLLATE "C" NOT NULL REFERENCES engines ON DELETE CASCADE, -- where it goes
    image         text COLLATE "C" NOT NULL,
    claimed_by    text COLLATE "C" NOT NULL,
    claimed_until timestamptz NOT NULL,
    PRIMARY KEY (engine_id, image)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON image_copies TO berth_worker, berth_keeper;
