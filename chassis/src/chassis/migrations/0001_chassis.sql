-- The tables that every service's database has, whatever the service does.
--
-- One batch of messages is one transaction. It touches the tables in this order:
--
--   owners         One row per shard. The process that serves a shard raised its epoch when it took over. A write reads
--                  the rows of its shards FOR SHARE first, in shard order, and goes on only when the epochs are the ones
--                  it knows. So whoever was replaced can commit nothing (a "zombie" wakes up and is refused), and whoever
--                  takes over waits for a write that is still open, instead of racing with it.
--   (the service)  Shared rows are locked, in the order of the service's tables, by key; handlers decide; aggregates are
--                  saved with version checks; rows are added.
--   inbox          One row per handled message. The ids are inserted blindly: the primary key is what makes a second
--                  delivery harmless. The row keeps what came of the message, and so it is the answer book of HTTP:
--                  the same id with the same fingerprint gets the same answer again. Rows are kept longer than the log
--                  and the topics keep messages, since both can bring an old message back.
--   tasks          "Do this later": a timer becomes a message when it is due; a call to the outside world is made
--                  between two transactions; a retry brings a parked message back. The row goes in the transaction that
--                  handles what came of it. message_id is the id of that message. It is drawn anew when the task is set
--                  again, so that a message made of the earlier setting is known as stale.
--   parked         Messages that came before what they need, with their tries. Each has a retry in tasks.
--   dead_letters   Messages that can never be handled, with the error and the record as it came, for replay.
--   event_log      What the service says to others, once, append-only, one partition per day. Days are made ahead, and
--                  dropped whole when they are old and no pointer leads into them.
--   outbox         Pointers into the log: what is not known to be published. The relay sends in the order of seq and
--                  deletes pointers in bulk when the broker has acknowledged. A process has one write open at a time and
--                  the sequence has no cache, so for one shard the order of seq is the order of commits.
--
-- Nothing here uses NOTIFY, SKIP LOCKED or a claimed_by column: who may do what follows from the shard.

CREATE TABLE owners (
    shard integer NOT NULL,
    epoch bigint NOT NULL,
    CONSTRAINT owners_pkey PRIMARY KEY (shard),
    CONSTRAINT owners_shard_check CHECK (shard >= 0),
    CONSTRAINT owners_epoch_check CHECK (epoch > 0)
);

CREATE TABLE inbox (
    message_id text NOT NULL,
    fingerprint text NOT NULL,
    outcome text NOT NULL,
    answer jsonb,
    handled_at timestamptz NOT NULL,
    CONSTRAINT inbox_pkey PRIMARY KEY (message_id),
    CONSTRAINT inbox_outcome_check CHECK (outcome IN ('applied', 'duplicate', 'rejected', 'dead'))
);
-- Rows arrive in the order of time, and are only ever purged by time.
CREATE INDEX inbox_handled_at_idx ON inbox USING brin (handled_at);

CREATE TABLE tasks (
    id text NOT NULL,
    shard integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    key text NOT NULL,
    due timestamptz NOT NULL,
    message_id text NOT NULL,
    data jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL DEFAULT 0,
    started_at timestamptz,
    correlation_id text NOT NULL,
    causation_id text,
    traceparent text,
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_kind_check CHECK (kind IN ('timer', 'call', 'retry')),
    CONSTRAINT tasks_state_check CHECK (state IN ('waiting', 'started')),
    -- Only a call is started, and it is started before it is made.
    CONSTRAINT tasks_started_check CHECK ((state = 'started') = (started_at IS NOT NULL)),
    CONSTRAINT tasks_calls_start_check CHECK (state = 'waiting' OR kind = 'call')
);
CREATE INDEX tasks_shard_due_idx ON tasks (shard, due);

CREATE TABLE parked (
    message_id text NOT NULL,
    shard integer NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    key bytea,
    value bytea,
    headers json NOT NULL,
    reason text NOT NULL,
    tries integer NOT NULL,
    parked_at timestamptz NOT NULL,
    CONSTRAINT parked_pkey PRIMARY KEY (message_id),
    CONSTRAINT parked_tries_check CHECK (tries > 0)
);

CREATE TABLE dead_letters (
    message_id text NOT NULL,
    shard integer NOT NULL,
    type text NOT NULL,
    error text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    key bytea,
    value bytea,
    headers json NOT NULL,
    failed_at timestamptz NOT NULL,
    replayed_at timestamptz,
    CONSTRAINT dead_letters_pkey PRIMARY KEY (message_id)
);

-- No cache: a cached range would let a later commit have a smaller number.
CREATE SEQUENCE event_log_seq AS bigint CACHE 1;

CREATE TABLE event_log (
    day date NOT NULL,
    seq bigint NOT NULL DEFAULT nextval('event_log_seq'),
    shard integer NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    message_id text NOT NULL,
    headers jsonb NOT NULL,
    -- json and not jsonb: what is published again must be the same bytes.
    payload json NOT NULL,
    traceparent text,
    written_at timestamptz NOT NULL,
    CONSTRAINT event_log_pkey PRIMARY KEY (day, seq)
) PARTITION BY RANGE (day);

CREATE TABLE outbox (
    seq bigint NOT NULL,
    shard integer NOT NULL,
    day date NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Makes the days of the log ahead and drops those before the oldest one to keep, but none with pointers into it.
-- It runs with the rights of the owner: the role that serves may not change tables.
CREATE FUNCTION keep_log_days(today date, oldest date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    new_day date;
    old_day date;
    dropped integer := 0;
BEGIN
    -- One process at a time; the others find the work done.
    PERFORM pg_advisory_xact_lock(hashtext('keep_log_days'));
    FOR new_day IN SELECT today + n FROM generate_series(-1, 3) AS n LOOP
        IF to_regclass(format('public.event_log_%s', to_char(new_day, 'YYYYMMDD'))) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE public.%I PARTITION OF public.event_log FOR VALUES FROM (%L) TO (%L)',
                'event_log_' || to_char(new_day, 'YYYYMMDD'), new_day, new_day + 1
            );
        END IF;
    END LOOP;
    FOR old_day IN
        SELECT day FROM (
            SELECT to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD') AS day
            FROM pg_inherits WHERE inhparent = 'public.event_log'::regclass
        ) AS days WHERE day < least(oldest, today - 1) ORDER BY day
    LOOP
        IF NOT EXISTS (SELECT FROM public.outbox WHERE outbox.day = old_day) THEN
            EXECUTE format('DROP TABLE public.%I', 'event_log_' || to_char(old_day, 'YYYYMMDD'));
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END
$$;

-- The role that serves: rows only, and the log may only grow.
GRANT SELECT, INSERT, UPDATE ON owners, inbox, tasks, parked, dead_letters TO :"runner";
GRANT DELETE ON inbox, tasks, parked TO :"runner";
GRANT SELECT, INSERT, DELETE ON outbox TO :"runner";
GRANT SELECT, INSERT ON event_log TO :"runner";
REVOKE UPDATE, DELETE ON event_log FROM :"runner";
REVOKE DELETE ON owners, dead_letters FROM :"runner";
GRANT USAGE ON SEQUENCE event_log_seq TO :"runner";
REVOKE EXECUTE ON FUNCTION keep_log_days (date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_log_days (date, date) TO :"runner";
