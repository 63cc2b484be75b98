CREATE TABLE accounts (
    account text PRIMARY KEY,
    version bigint NOT NULL,
    document jsonb NOT NULL
);

CREATE TABLE rates (
    safe text PRIMARY KEY,
    version bigint NOT NULL,
    document jsonb NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON accounts, rates TO :"runner";
