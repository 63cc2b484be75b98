-- The simplified checkout that the peers keep in PostgreSQL: what each step of an order leaves behind.
-- An order is completed when it has its invoice, declined when it has its cancellation.

CREATE TABLE orders (
    order_id uuid PRIMARY KEY,
    customer text NOT NULL,
    total bigint NOT NULL,
    skus text[] NOT NULL,
    quantities bigint[] NOT NULL
);

-- Rows that change all the time: room on their pages, so that no change touches the index.
CREATE TABLE stock (sku text PRIMARY KEY, units bigint NOT NULL CHECK (units >= 0)) WITH (fillfactor = 20);
CREATE TABLE balances (customer text PRIMARY KEY, money bigint NOT NULL CHECK (money >= 0)) WITH (fillfactor = 50);

CREATE TABLE reservations (order_id uuid PRIMARY KEY, skus text[] NOT NULL, quantities bigint[] NOT NULL);
CREATE TABLE payments (order_id uuid PRIMARY KEY, amount bigint NOT NULL);
CREATE TABLE shipments (order_id uuid PRIMARY KEY);

CREATE TABLE invoices (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL UNIQUE,
    total bigint NOT NULL
);
CREATE TABLE cancellations (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL UNIQUE
);
