-- One statement per stage: it takes up to 256 waiting orders, does its work for all of them, and lets them wait for
-- the next stage. A stage has one worker, so that nobody else takes the same rows; each answers with the number taken.

-- name: place
-- New orders get their row; an order that came twice has one already and goes no further.
WITH batch AS (
    DELETE FROM commands
    WHERE seq <= (SELECT max(seq) FROM (SELECT seq FROM commands ORDER BY seq LIMIT 256) AS first)
    RETURNING order_id, customer, total, skus, quantities
), fresh AS (
    INSERT INTO orders (order_id, customer, total, skus, quantities)
    SELECT order_id, customer, total, skus, quantities FROM batch
    ON CONFLICT DO NOTHING
    RETURNING order_id, customer, total, skus, quantities
), next AS (
    INSERT INTO to_reserve (order_id, customer, total, skus, quantities)
    SELECT order_id, customer, total, skus, quantities FROM fresh
)
SELECT count(*) FROM batch;

-- name: reserve
-- First come, first served: an order has its stock when all before it in the batch leave enough of each of its skus.
WITH batch AS (
    DELETE FROM to_reserve
    WHERE seq <= (SELECT max(seq) FROM (SELECT seq FROM to_reserve ORDER BY seq LIMIT 256) AS first)
    RETURNING seq, order_id, customer, total, skus, quantities
), lines AS (
    SELECT batch.order_id, line.sku, line.quantity,
        sum(line.quantity) OVER (PARTITION BY line.sku ORDER BY batch.seq) AS wanted
    FROM batch, unnest(batch.skus, batch.quantities) AS line (sku, quantity)
), verdicts AS MATERIALIZED (
    SELECT lines.order_id, bool_and(lines.wanted <= stock.units) AS enough
    FROM lines JOIN stock ON stock.sku = lines.sku
    GROUP BY lines.order_id
), sums AS (
    SELECT lines.sku, sum(lines.quantity) AS quantity
    FROM lines JOIN verdicts ON verdicts.order_id = lines.order_id AND verdicts.enough
    GROUP BY lines.sku
), taken AS (
    UPDATE stock SET units = stock.units - sums.quantity FROM sums WHERE stock.sku = sums.sku
), kept AS (
    INSERT INTO reservations (order_id, skus, quantities)
    SELECT batch.order_id, batch.skus, batch.quantities
    FROM batch JOIN verdicts ON verdicts.order_id = batch.order_id AND verdicts.enough
), next AS (
    INSERT INTO to_pay (order_id, customer, total)
    SELECT batch.order_id, batch.customer, batch.total
    FROM batch JOIN verdicts ON verdicts.order_id = batch.order_id AND verdicts.enough
), refused AS (
    INSERT INTO to_cancel (order_id)
    SELECT verdicts.order_id FROM verdicts WHERE NOT verdicts.enough
)
SELECT count(*) FROM batch;

-- name: pay
-- First come, first served: an order is paid when all before it in the batch leave its customer enough money.
WITH batch AS (
    DELETE FROM to_pay
    WHERE seq <= (SELECT max(seq) FROM (SELECT seq FROM to_pay ORDER BY seq LIMIT 256) AS first)
    RETURNING seq, order_id, customer, total
), running AS (
    SELECT order_id, customer, total, sum(total) OVER (PARTITION BY customer ORDER BY seq) AS wanted FROM batch
), verdicts AS MATERIALIZED (
    SELECT running.order_id, running.customer, running.total, running.wanted <= balances.money AS enough
    FROM running JOIN balances ON balances.customer = running.customer
), taken AS (
    UPDATE balances SET money = balances.money - sums.total
    FROM (SELECT customer, sum(total) AS total FROM verdicts WHERE enough GROUP BY customer) AS sums
    WHERE balances.customer = sums.customer
), paid AS (
    INSERT INTO payments (order_id, amount) SELECT order_id, total FROM verdicts WHERE enough
), next AS (
    INSERT INTO to_ship (order_id, total) SELECT order_id, total FROM verdicts WHERE enough
), declined AS (
    INSERT INTO to_release (order_id) SELECT order_id FROM verdicts WHERE NOT enough
)
SELECT count(*) FROM batch;

-- name: release
-- The stock of declined orders, given back.
WITH batch AS (
    DELETE FROM to_release
    WHERE seq <= (SELECT max(seq) FROM (SELECT seq FROM to_release ORDER BY seq LIMIT 256) AS first)
    RETURNING order_id
), gone AS (
    DELETE FROM reservations USING batch
    WHERE reservations.order_id = batch.order_id
    RETURNING reservations.skus, reservations.quantities
), given AS (
    UPDATE stock SET units = stock.units + sums.quantity
    FROM (
        SELECT line.sku, sum(line.quantity) AS quantity
        FROM gone, unnest(gone.skus, gone.quantities) AS line (sku, quantity)
        GROUP BY line.sku
    ) AS sums
    WHERE stock.sku = sums.sku
), next AS (
    INSERT INTO to_cancel (order_id) SELECT order_id FROM batch
)
SELECT count(*) FROM batch;

-- name: cancel
-- The end of declined orders.
WITH batch AS (
    DELETE FROM to_cancel
    WHERE seq <= (SELECT max(seq) FROM (SELECT seq FROM to_cancel ORDER BY seq LIMIT 256) AS first)
    RETURNING order_id
), ended AS (
    INSERT INTO cancellations (order_id) SELECT order_id FROM batch
)
SELECT count(*), CASE WHEN count(*) > 0 THEN pg_notify('cancellations', '') END FROM batch;

-- name: ship
-- The parcels.
WITH batch AS (
    DELETE FROM to_ship
    WHERE seq <= (SELECT max(seq) FROM (SELECT seq FROM to_ship ORDER BY seq LIMIT 256) AS first)
    RETURNING order_id, total
), sent AS (
    INSERT INTO shipments (order_id) SELECT order_id FROM batch
), next AS (
    INSERT INTO to_invoice (order_id, total) SELECT order_id, total FROM batch
)
SELECT count(*) FROM batch;

-- name: invoice
-- The invoices under the next numbers.
WITH batch AS (
    DELETE FROM to_invoice
    WHERE seq <= (SELECT max(seq) FROM (SELECT seq FROM to_invoice ORDER BY seq LIMIT 256) AS first)
    RETURNING order_id, total
), ended AS (
    INSERT INTO invoices (order_id, total) SELECT order_id, total FROM batch
)
SELECT count(*), CASE WHEN count(*) > 0 THEN pg_notify('invoices', '') END FROM batch;

-- name: submit
-- Orders of two lines each, as the load generator hands them in, all that have come up at a time.
WITH submitted AS (
    INSERT INTO commands (order_id, customer, total, skus, quantities)
    SELECT order_id, customer, total, ARRAY[sku_1, sku_2], ARRAY[quantity_1, quantity_2]
    FROM unnest(
        CAST($1 AS uuid[]), CAST($2 AS text[]), CAST($3 AS bigint[]),
        CAST($4 AS text[]), CAST($5 AS text[]), CAST($6 AS bigint[]), CAST($7 AS bigint[])
    ) AS given (order_id, customer, total, sku_1, sku_2, quantity_1, quantity_2)
)
SELECT pg_notify('commands', '');

-- name: invoices
-- The invoices after a number. Numbers are given by one worker, so that none appears below one that has been seen.
SELECT number, order_id::text FROM invoices WHERE number > $1 ORDER BY number;

-- name: cancellations
-- The cancellations after a number, given by one worker too.
SELECT number, order_id::text FROM cancellations WHERE number > $1 ORDER BY number;
