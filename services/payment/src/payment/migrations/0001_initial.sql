-- What payment keeps, and how a message moves through it.
--
--   payments         One row per order: all of its money in one document, with state and folded amounts as columns. A
--                    payment begins with locked tenders or with a request. Amounts are folded from what channels say,
--                    never counted up; the columns are the fold, so that the CHECK can hold refunds under captures.
--   tenders          Coupons, red packets and points, one row each. Orders of all shards share them: a lock is taken
--                    first thing in a write, changes are relative, and the CHECKs keep what was issued whole.
--   balances         Stored value per customer and currency, shared like tenders.
--   top_ups          What was added to a balance, once per id.
--   exceptions       Reconciliation differences, each with a number, an owner and an age. Their money lies in SUSPENSE.
--   postings         The ledger: double entry, append-only. An entry is inserted by one statement, whose trigger refuses
--                    it unless it sums to zero per currency; the primary key books a cause once. Nobody may change a
--                    posting: what was wrong is booked back.
--   statement_lines  Lines of statements as they came, and what each was found to be.
--
-- A capture: notice -> payments (confirming) + postings (transit to prepaid) + a call to the channel -> its answer ->
-- payments (reconciled) + tenders (consumed) + postings (prepaid to escrow, freight and tax).
-- A refund: payments (the refund's row) + postings (escrow to refund payable) + a call -> its answer -> payments +
-- postings (refund payable to transit). A statement brings transit to cash.

CREATE TABLE payments (
    order_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    customer_id text NOT NULL,
    state text NOT NULL,
    channel text,
    currency text NOT NULL,
    due bigint NOT NULL,
    captured bigint NOT NULL,
    refunded bigint NOT NULL,
    in_flight bigint NOT NULL,
    deadline timestamptz,
    CONSTRAINT payments_pkey PRIMARY KEY (order_id),
    CONSTRAINT payments_state_known CHECK (state IN (
        'open', 'requesting', 'requested', 'confirming', 'mismatched',
        'reconciled', 'cancelling', 'returning', 'cancelled', 'declined'
    )),
    CONSTRAINT payments_channel_known CHECK (channel IN (
        'alipay', 'wechat_pay', 'card', 'bank_transfer', 'cash_on_delivery', 'balance'
    )),
    CONSTRAINT payments_amounts_positive CHECK (due >= 0 AND captured >= 0 AND refunded >= 0 AND in_flight >= 0),
    CONSTRAINT payments_refunds_covered CHECK (refunded + in_flight <= captured)
);
-- Payouts that a person has to make, and payments that did not come to rest.
CREATE INDEX payments_unsettled_idx ON payments (state, order_id) WHERE in_flight > 0 OR state <> 'reconciled';

CREATE TABLE tenders (
    tender_id text NOT NULL,
    customer_id text NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    valid_until timestamptz,
    reissue_whole_only boolean NOT NULL,
    issued bigint NOT NULL,
    available bigint NOT NULL,
    locked bigint NOT NULL,
    consumed bigint NOT NULL,
    CONSTRAINT tenders_pkey PRIMARY KEY (tender_id),
    CONSTRAINT tenders_kind_known CHECK (kind IN ('coupon', 'red_packet', 'points')),
    CONSTRAINT tenders_parts_positive CHECK (available >= 0 AND locked >= 0 AND consumed >= 0),
    CONSTRAINT tenders_whole CHECK (available + locked + consumed = issued)
);
CREATE INDEX tenders_customer_idx ON tenders (customer_id);

CREATE TABLE balances (
    balance_key text NOT NULL,
    customer_id text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT balances_pkey PRIMARY KEY (balance_key),
    CONSTRAINT balances_customer_currency_key UNIQUE (customer_id, currency),
    CONSTRAINT balances_covered CHECK (amount >= 0)
);

CREATE TABLE top_ups (
    top_up_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT top_ups_pkey PRIMARY KEY (top_up_id)
);

CREATE TABLE exceptions (
    exception_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    order_id text NOT NULL,
    class text NOT NULL,
    opened_at timestamptz NOT NULL,
    resolved_at timestamptz,
    CONSTRAINT exceptions_pkey PRIMARY KEY (exception_id),
    CONSTRAINT exceptions_class_known CHECK (class IN (
        'MISSING_IN_CHANNEL', 'MISSING_IN_BOOKS', 'AMOUNT_DIFF', 'CURRENCY_DIFF', 'DUPLICATE_IN_CHANNEL', 'REFUND_DIFF'
    )),
    CONSTRAINT exceptions_resolved_after CHECK (resolved_at >= opened_at)
);
CREATE INDEX exceptions_order_idx ON exceptions (order_id);
CREATE INDEX exceptions_open_idx ON exceptions (opened_at, exception_id) WHERE resolved_at IS NULL;

CREATE TABLE postings (
    entry_id text NOT NULL,
    line integer NOT NULL,
    order_id text NOT NULL,
    account text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    booked_at timestamptz NOT NULL,
    CONSTRAINT postings_pkey PRIMARY KEY (entry_id, line),
    CONSTRAINT postings_account_known CHECK (
        account IN (
            'CASH_IN_TRANSIT', 'CASH', 'CHANNEL_FEE', 'CUSTOMER_PREPAID', 'COMMISSION', 'FREIGHT', 'TAX', 'DISCOUNT',
            'REFUND_PAYABLE', 'SUSPENSE', 'TENDER:COUPON', 'TENDER:RED_PACKET', 'TENDER:POINTS'
        ) OR account LIKE 'ESCROW:_%' OR account LIKE 'PAYABLE:_%'
    ),
    CONSTRAINT postings_amount_not_zero CHECK (amount <> 0)
);
CREATE INDEX postings_order_idx ON postings (order_id);
CREATE INDEX postings_account_idx ON postings (account, currency) INCLUDE (amount);

-- An entry comes in one statement, so that the statement can be asked whether it balances: no deferred trigger per row.
CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    SELECT entry_id, currency, sum(amount) AS rest INTO wrong
    FROM added GROUP BY entry_id, currency HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not sum to zero in %: % is left', wrong.entry_id, wrong.currency, wrong.rest
            USING ERRCODE = 'check_violation', TABLE = 'postings', CONSTRAINT = 'postings_entry_balances';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER postings_entry_balances AFTER INSERT ON postings
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_entries();

CREATE TABLE statement_lines (
    statement_id text NOT NULL,
    line_number integer NOT NULL,
    order_id text NOT NULL,
    attempt_id text NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    booked_at timestamptz NOT NULL,
    class text NOT NULL,
    CONSTRAINT statement_lines_pkey PRIMARY KEY (statement_id, line_number),
    CONSTRAINT statement_lines_kind_known CHECK (kind IN ('capture', 'refund', 'fee')),
    CONSTRAINT statement_lines_class_known CHECK (class IN (
        'MATCHED', 'MISSING_IN_CHANNEL', 'MISSING_IN_BOOKS', 'AMOUNT_DIFF', 'CURRENCY_DIFF', 'DUPLICATE_IN_CHANNEL',
        'REFUND_DIFF'
    ))
);
CREATE INDEX statement_lines_order_idx ON statement_lines (order_id);

-- The role that serves: what was booked, and what a channel wrote, stays as it is.
GRANT SELECT, INSERT, UPDATE ON payments, tenders, balances, top_ups, exceptions TO :"runner";
GRANT SELECT, INSERT ON postings, statement_lines TO :"runner";
REVOKE DELETE, TRUNCATE ON payments, tenders, balances, top_ups, exceptions FROM :"runner";
REVOKE UPDATE, DELETE, TRUNCATE ON postings, statement_lines FROM :"runner";
