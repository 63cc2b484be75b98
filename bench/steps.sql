-- One statement per step, each with no effect the second time: an engine repeats a step whose answer it has lost.

-- name: place
-- The row of an order.
INSERT INTO orders (order_id, customer, total, skus, quantities)
VALUES (CAST($1 AS uuid), $2, $3, CAST($4 AS text[]), CAST($5 AS bigint[]))
ON CONFLICT DO NOTHING;

-- name: reserve
-- All lines or none, rows locked in the order of their skus so that two orders never wait for each other.
WITH wanted AS (
    SELECT sku, quantity FROM unnest(CAST($2 AS text[]), CAST($3 AS bigint[])) AS line (sku, quantity)
), held AS MATERIALIZED (
    SELECT stock.sku, stock.units, wanted.quantity
    FROM stock JOIN wanted ON wanted.sku = stock.sku
    ORDER BY stock.sku
    FOR UPDATE OF stock
), taken AS (
    INSERT INTO reservations (order_id, skus, quantities)
    SELECT CAST($1 AS uuid), CAST($2 AS text[]), CAST($3 AS bigint[])
    WHERE (SELECT count(*) FROM held WHERE units >= quantity) = cardinality(CAST($2 AS text[]))
    ON CONFLICT DO NOTHING
    RETURNING order_id
)
UPDATE stock SET units = stock.units - held.quantity
FROM held, taken
WHERE stock.sku = held.sku;

-- name: is_reserved
-- Whether an order has its stock: asked when nothing was taken, which is so after a repetition and for want of stock.
SELECT EXISTS (SELECT FROM reservations WHERE order_id = CAST($1 AS uuid));

-- name: pay
-- The money of the customer, if there is enough.
WITH purse AS MATERIALIZED (
    SELECT money FROM balances WHERE customer = $2 FOR UPDATE
), paid AS (
    INSERT INTO payments (order_id, amount)
    SELECT CAST($1 AS uuid), CAST($3 AS bigint) FROM purse WHERE money >= CAST($3 AS bigint)
    ON CONFLICT DO NOTHING
    RETURNING amount
)
UPDATE balances SET money = balances.money - paid.amount
FROM paid
WHERE balances.customer = $2;

-- name: is_paid
-- Whether an order is paid: asked when nothing was taken, which is so after a repetition and for want of money.
SELECT EXISTS (SELECT FROM payments WHERE order_id = CAST($1 AS uuid));

-- name: release
-- The stock of an order that could not be paid, given back.
WITH gone AS (
    DELETE FROM reservations WHERE order_id = CAST($1 AS uuid) RETURNING skus, quantities
), back AS (
    SELECT line.sku, line.quantity FROM gone, unnest(gone.skus, gone.quantities) AS line (sku, quantity)
), held AS MATERIALIZED (
    SELECT stock.sku, back.quantity
    FROM stock JOIN back ON back.sku = stock.sku
    ORDER BY stock.sku
    FOR UPDATE OF stock
)
UPDATE stock SET units = stock.units + held.quantity
FROM held
WHERE stock.sku = held.sku;

-- name: cancel
-- The end of an order that could not be paid.
INSERT INTO cancellations (order_id) VALUES (CAST($1 AS uuid)) ON CONFLICT DO NOTHING;

-- name: ship
-- The row of a parcel.
INSERT INTO shipments (order_id) VALUES (CAST($1 AS uuid)) ON CONFLICT DO NOTHING;

-- name: invoice
-- The invoice under the next number.
INSERT INTO invoices (order_id, total) VALUES (CAST($1 AS uuid), $2) ON CONFLICT DO NOTHING;
