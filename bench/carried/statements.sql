-- What the services read and write: one statement for all of a batch.

-- name: place
-- The orders' rows. One that came twice has its row already, and is not among those that are returned.
INSERT INTO orders (order_id, customer, total, skus, quantities)
SELECT order_id, customer, total, ARRAY[sku_1, sku_2], ARRAY[quantity_1, quantity_2]
FROM unnest(
    CAST($1 AS uuid[]), CAST($2 AS text[]), CAST($3 AS bigint[]),
    CAST($4 AS text[]), CAST($5 AS text[]), CAST($6 AS bigint[]), CAST($7 AS bigint[])
) AS given (order_id, customer, total, sku_1, sku_2, quantity_1, quantity_2)
ON CONFLICT DO NOTHING
RETURNING order_id::text;

-- name: cancel
-- The end of orders that had to be declined.
INSERT INTO cancellations (order_id) SELECT unnest(CAST($1 AS uuid[]));

-- name: lock_stock
-- The stock of these skus, for us alone until the batch is written.
SELECT sku, units FROM stock WHERE sku = ANY(CAST($1 AS text[])) ORDER BY sku FOR UPDATE;

-- name: save_stock
-- What is left of these skus.
UPDATE stock SET units = given.units
FROM unnest(CAST($1 AS text[]), CAST($2 AS bigint[])) AS given (sku, units)
WHERE stock.sku = given.sku;

-- name: reserve
-- What is held for the orders.
INSERT INTO reservations (order_id, skus, quantities)
SELECT order_id, ARRAY[sku_1, sku_2], ARRAY[quantity_1, quantity_2]
FROM unnest(
    CAST($1 AS uuid[]), CAST($2 AS text[]), CAST($3 AS text[]), CAST($4 AS bigint[]), CAST($5 AS bigint[])
) AS given (order_id, sku_1, sku_2, quantity_1, quantity_2);

-- name: release
-- What is held no longer.
DELETE FROM reservations WHERE order_id = ANY(CAST($1 AS uuid[]));

-- name: lock_balances
-- The money of these customers, for us alone until the batch is written.
SELECT customer, money FROM balances WHERE customer = ANY(CAST($1 AS text[])) ORDER BY customer FOR UPDATE;

-- name: save_balances
-- What is left to these customers.
UPDATE balances SET money = given.money
FROM unnest(CAST($1 AS text[]), CAST($2 AS bigint[])) AS given (customer, money)
WHERE balances.customer = given.customer;

-- name: pay
-- The payments.
INSERT INTO payments (order_id, amount) SELECT * FROM unnest(CAST($1 AS uuid[]), CAST($2 AS bigint[]));

-- name: ship
-- The parcels.
INSERT INTO shipments (order_id) SELECT unnest(CAST($1 AS uuid[]));

-- name: invoice
-- The invoices under the next numbers.
INSERT INTO invoices (order_id, total) SELECT * FROM unnest(CAST($1 AS uuid[]), CAST($2 AS bigint[]));

-- name: submit
-- Orders as the load generator hands them in, all that have come up at a time.
WITH submitted AS (
    INSERT INTO to_order (message) SELECT unnest(CAST($1 AS text[]))
)
SELECT pg_notify('submitted', '');

-- name: invoices
-- The invoices after a number. Numbers are given by one service, so that none appears below one that has been seen.
SELECT number, order_id::text FROM invoices WHERE number > $1 ORDER BY number;

-- name: cancellations
-- The cancellations after a number, given by one service too.
SELECT number, order_id::text FROM cancellations WHERE number > $1 ORDER BY number;
