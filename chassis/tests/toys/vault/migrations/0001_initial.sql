CREATE TABLE safes (
    safe text PRIMARY KEY,
    total bigint NOT NULL,
    CONSTRAINT safes_total_check CHECK (total >= 0)
);

CREATE TABLE boxes (
    account text PRIMARY KEY,
    version bigint NOT NULL,
    document jsonb NOT NULL
);

CREATE TABLE movements (
    account text NOT NULL,
    number integer NOT NULL,
    safe text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT movements_pkey PRIMARY KEY (account, number)
);

GRANT SELECT, INSERT, UPDATE ON safes, boxes TO :"runner";
GRANT SELECT, INSERT ON movements TO :"runner";
