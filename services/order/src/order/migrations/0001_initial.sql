-- What the order service keeps, beside the chassis's own tables.
--
--   orders            One row per order: where it stands. The document is the aggregate: its sub-orders, its sagas with
--                     their steps and clocks, its refunds, the cancellation that locks it, and what is still to be
--                     settled. Everything that contends (cancel, time-out, capture, pick) contends on the version of
--                     this row. The columns are for those who look: the customer's list, and sagas that run or are
--                     stuck.
--   terms             One row per accepted order, written once in the transaction that places it: lines with names and
--                     weights, the exact money down to the unit, delivery with the sealed recipient, invoice choice, the
--                     merchants' parts and the clocks. No later change of the catalogue reaches it.
--   entries           The history, append-only: every transition with who, when and why. Each row holds the hash of the
--                     row before it, so that a changed, lost or added row is found.
--   customer_keys     The key with which a customer's recipients are sealed. Erasing it (key becomes null) erases the
--                     person from every order, message and backup; money and history stay as they are.
--   products, merchants, offers, warehouses, freight_tariffs, accounts
--                     Reference data of upstream systems, as far as checkout needs it. Feeds: version is the source's
--                     sequence, and the higher one wins. A tariff is kept by delivery method and currency. Which classes
--                     reach a region is looked up in the warehouses (load_coverage).
--
-- An order: place-order reads the reference data, writes orders, terms and the first entry, and emits the first command
-- of checkout. Each reply loads the order (and its terms), saves the next version, adds entries and sets the saga's
-- timer. After the split the order's state follows its sub-orders.

CREATE TABLE orders (
    order_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    customer_id text NOT NULL,
    profile text NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    placed_at timestamptz NOT NULL,
    running boolean NOT NULL,
    stuck boolean NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (order_id),
    CONSTRAINT orders_profile_check CHECK (profile IN (
        'express', 'standard', 'promotion', 'corporate', 'cod', 'virtual', 'virtual_prepaid'
    )),
    CONSTRAINT orders_state_check CHECK (state IN (
        'placing', 'awaiting_payment', 'confirming_payment', 'awaiting_pick', 'awaiting_dispatch', 'awaiting_receipt',
        'service_window', 'completed', 'expired', 'rejected', 'cancelling', 'cancelled', 'closing', 'closed'
    )),
    CONSTRAINT orders_stuck_check CHECK (running OR NOT stuck)
) WITH (fillfactor = 70);
CREATE INDEX orders_customer_idx ON orders (customer_id, placed_at DESC, order_id DESC);
CREATE INDEX orders_running_idx ON orders (since) WHERE running;

CREATE TABLE terms (
    order_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT terms_pkey PRIMARY KEY (order_id),
    CONSTRAINT terms_written_once_check CHECK (version = 1)
);

CREATE TABLE entries (
    order_id text NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    what text NOT NULL,
    state_from text NOT NULL,
    state_to text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    message_id text NOT NULL,
    previous text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT entries_pkey PRIMARY KEY (order_id, number),
    CONSTRAINT entries_number_check CHECK (number > 0),
    CONSTRAINT entries_chain_check CHECK ((number = 1) = (previous = ''))
);

CREATE TABLE customer_keys (
    customer_id text NOT NULL,
    key bytea,
    made_at timestamptz NOT NULL,
    erased_at timestamptz,
    CONSTRAINT customer_keys_pkey PRIMARY KEY (customer_id),
    CONSTRAINT customer_keys_key_check CHECK (octet_length(key) = 32),
    CONSTRAINT customer_keys_erased_check CHECK ((key IS NULL) = (erased_at IS NOT NULL))
);

CREATE TABLE products (
    sku text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT products_pkey PRIMARY KEY (sku)
);

CREATE TABLE merchants (
    merchant_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT merchants_pkey PRIMARY KEY (merchant_id)
);

CREATE TABLE offers (
    offer_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT offers_pkey PRIMARY KEY (offer_id)
);

CREATE TABLE warehouses (
    warehouse_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT warehouses_pkey PRIMARY KEY (warehouse_id)
);

CREATE TABLE freight_tariffs (
    tariff text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT freight_tariffs_pkey PRIMARY KEY (tariff)
);

CREATE TABLE accounts (
    customer_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT accounts_pkey PRIMARY KEY (customer_id)
);

GRANT SELECT, INSERT, UPDATE ON orders, customer_keys TO :"runner";
GRANT SELECT, INSERT ON terms, entries TO :"runner";
GRANT SELECT, INSERT, UPDATE ON products, merchants, offers, warehouses, freight_tariffs, accounts TO :"runner";
