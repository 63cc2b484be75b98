-- What the regular audit finds (python -m order audit does the same once).
--
--   exceptions        One row per violation that was ever found, by a number that follows from what is broken and of
--                     what: the same violation found again is no second row. The document is the aggregate. Open until it
--                     is no longer seen, or an operator closes it with a reason.
--   last_audits       One row: what the last regular audit did, and which exceptions are open.
--
-- The task below is the audit's clock. It lies in the shard of its key, so exactly one process rings it; its answer sets
-- the next one. The audit itself is a call, made between two transactions.

CREATE TABLE exceptions (
    exception_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    CONSTRAINT exceptions_pkey PRIMARY KEY (exception_id),
    CONSTRAINT exceptions_state_check CHECK (state IN ('open', 'closed'))
);
CREATE INDEX exceptions_open_idx ON exceptions (exception_id) WHERE state = 'open';

CREATE TABLE last_audits (
    audit text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT last_audits_pkey PRIMARY KEY (audit),
    CONSTRAINT last_audits_single_check CHECK (audit = 'audit')
);

INSERT INTO tasks (id, shard, kind, name, key, due, message_id, data, correlation_id) VALUES
('audit', 10, 'timer', 'audit', 'audit', now(), gen_random_uuid()::text, '{}', 'audit');

GRANT SELECT, INSERT, UPDATE ON exceptions, last_audits TO :"runner";
REVOKE DELETE, TRUNCATE ON exceptions, last_audits FROM :"runner";
