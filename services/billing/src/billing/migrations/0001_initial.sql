-- What billing keeps, and how a message moves through it.
--
--   bills      One row per sub-order: the invoice that it has, and what is left of it after credit notes. It decides
--              whether a command is the first, a repeat, or asks for more than is left.
--   sequences  The last number of each issuer and series. Orders of all shards share it: the row is locked first thing
--              in the write and raised by as many numbers as the write draws, so that a write that is rolled back has
--              drawn none. A new year begins at one.
--   documents  Invoices and credit notes, append-only: the legal record. UNIQUE holds a number to one document, and the
--              serving role may neither change nor delete a row. What is wrong is reversed by a credit note.
--
-- Per order, invoices less credit notes are what was paid less what was refunded: see billed_of_order and find_gaps in
-- queries.sql for the two things an auditor asks.

CREATE TABLE bills (
    sub_order_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    order_id text NOT NULL,
    currency text NOT NULL,
    invoiced bigint NOT NULL,
    amount_left bigint NOT NULL,
    CONSTRAINT bills_pkey PRIMARY KEY (sub_order_id),
    CONSTRAINT bills_red_within_blue CHECK (amount_left BETWEEN 0 AND invoiced)
);
CREATE INDEX bills_order_idx ON bills (order_id);

CREATE TABLE sequences (
    sequence_key text NOT NULL,
    issuer text NOT NULL,
    series text NOT NULL,
    year integer NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT sequences_pkey PRIMARY KEY (sequence_key),
    CONSTRAINT sequences_issuer_series_key UNIQUE (issuer, series),
    CONSTRAINT sequences_series_known CHECK (series IN ('R', 'E', 'G', 'S', 'RC', 'EC', 'GC', 'SC')),
    CONSTRAINT sequences_last_positive CHECK (last > 0)
);

CREATE TABLE documents (
    document_id text NOT NULL,
    kind text NOT NULL,
    issuer text NOT NULL,
    series text NOT NULL,
    year integer NOT NULL,
    serial bigint NOT NULL,
    number text NOT NULL,
    order_id text NOT NULL,
    sub_order_id text NOT NULL,
    currency text NOT NULL,
    total bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT documents_pkey PRIMARY KEY (document_id),
    CONSTRAINT documents_number_once UNIQUE (issuer, series, year, serial),
    CONSTRAINT documents_kind_known CHECK (kind IN ('invoice', 'credit_note')),
    CONSTRAINT documents_series_known CHECK (series IN ('R', 'E', 'G', 'S', 'RC', 'EC', 'GC', 'SC')),
    CONSTRAINT documents_total_positive CHECK (total >= 0)
);
-- One invoice per sub-order, whatever its figures.
CREATE UNIQUE INDEX documents_invoice_once ON documents (sub_order_id) WHERE kind = 'invoice';
CREATE INDEX documents_order_idx ON documents (order_id);

-- The role that serves: a document is never edited.
GRANT SELECT, INSERT, UPDATE ON bills, sequences TO :"runner";
GRANT SELECT, INSERT ON documents TO :"runner";
REVOKE DELETE, TRUNCATE ON bills, sequences FROM :"runner";
REVOKE UPDATE, DELETE, TRUNCATE ON documents FROM :"runner";
