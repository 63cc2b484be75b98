-- name: load_products
-- The products with these skus.
SELECT sku AS key, version, document FROM products WHERE sku = ANY($1::text[]);

-- name: save_products
-- Stores products of the feed, newer ones only.
INSERT INTO products AS t (sku, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (sku) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version < excluded.version;

-- name: load_warehouses
-- The warehouses with these ids.
SELECT warehouse_id AS key, version, document FROM warehouses WHERE warehouse_id = ANY($1::text[]);

-- name: save_warehouses
-- Stores warehouses of the feed, newer ones only.
INSERT INTO warehouses AS t (warehouse_id, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (warehouse_id) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version < excluded.version;

-- name: load_coverage
-- Who covers these regions: each warehouse with its zone for the region.
SELECT
    z.zone ->> 'region' AS key,
    max(w.version) AS version,
    jsonb_build_object(
        'region', z.zone ->> 'region',
        'warehouses', jsonb_agg(w.document || jsonb_build_object('zones', jsonb_build_array(z.zone)) ORDER BY w.warehouse_id)
    ) AS document
FROM warehouses AS w CROSS JOIN LATERAL jsonb_array_elements(w.document -> 'zones') AS z (zone)
WHERE z.zone ->> 'region' = ANY($1::text[])
GROUP BY z.zone ->> 'region';

-- name: lock_stock
-- Locks all rows of these skus, in key order.
SELECT sku, warehouse_id, on_hand, reserved, safety, written_off, holds, swept
FROM stock WHERE sku = ANY($1::text[]) ORDER BY sku, warehouse_id FOR UPDATE;

-- name: change_stock
-- Changes the counters of rows relatively; what has no row gets one. Null leaves safety, holds or swept as they are.
MERGE INTO stock AS t
USING unnest(
    $1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::jsonb[], $8::timestamptz[]
) AS c (sku, warehouse_id, on_hand, reserved, written_off, safety, holds, swept)
ON t.sku = c.sku AND t.warehouse_id = c.warehouse_id
WHEN MATCHED THEN UPDATE SET
    on_hand = t.on_hand + c.on_hand,
    reserved = t.reserved + c.reserved,
    written_off = t.written_off + c.written_off,
    safety = coalesce(c.safety, t.safety),
    holds = coalesce(c.holds, t.holds),
    swept = coalesce(c.swept, t.swept)
WHEN NOT MATCHED THEN INSERT (sku, warehouse_id, on_hand, reserved, written_off, safety, holds, swept)
VALUES (
    c.sku, c.warehouse_id, c.on_hand, c.reserved, c.written_off, coalesce(c.safety, 0), coalesce(c.holds, '{}'), c.swept
);

-- name: lock_taken
-- Locks these counters of customers, in key order.
SELECT key, customer_id, sku, quantity FROM taken WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE;

-- name: change_taken
-- Adds to counters of customers, or takes from them.
MERGE INTO taken AS t
USING unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS c (key, customer_id, sku, quantity)
ON t.key = c.key
WHEN MATCHED THEN UPDATE SET quantity = t.quantity + c.quantity
WHEN NOT MATCHED THEN INSERT (key, customer_id, sku, quantity) VALUES (c.key, c.customer_id, c.sku, c.quantity);

-- name: load_reservations
-- The reservations of these orders.
SELECT order_id AS key, version, document FROM reservations WHERE order_id = ANY($1::text[]);

-- name: save_reservations
-- Stores new reservations and next versions; one that has moved on is left out, and the count shows it.
INSERT INTO reservations AS t (order_id, version, document, state, customer_id, ends)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::text[], $6::timestamptz[])
ON CONFLICT (order_id) DO UPDATE SET
    version = excluded.version, document = excluded.document, state = excluded.state, ends = excluded.ends
WHERE t.version = excluded.version - 1;

-- name: load_receipts
-- The receipts with these ids.
SELECT receipt_id AS key, version, document FROM receipts WHERE receipt_id = ANY($1::text[]);

-- name: save_receipts
-- Stores new receipts; one that is there is left out, and the count shows it.
INSERT INTO receipts (receipt_id, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (receipt_id) DO NOTHING;

-- name: insert_movements
-- Adds movements; a cause moves the same units once.
INSERT INTO movements (cause, kind, sku, warehouse_id, order_id, quantity, moved_at)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[]
);

-- name: insert_counter_checks
-- Adds what checks of the counters found.
INSERT INTO counter_checks (checked_at, drifts) SELECT * FROM unnest($1::timestamptz[], $2::jsonb[])
ON CONFLICT (checked_at) DO UPDATE SET drifts = excluded.drifts;

-- name: show_stock
-- The stock of a sku in each warehouse, with what can be taken at a time.
SELECT
    s.sku, s.warehouse_id, s.on_hand, s.reserved, s.safety, s.written_off,
    greatest(0, s.on_hand - s.reserved - s.safety + coalesce(lapsed.units, 0))::bigint AS available
FROM stock AS s CROSS JOIN LATERAL (
    SELECT sum(h.value::bigint) AS units FROM jsonb_each_text(s.holds) AS h WHERE h.key::timestamptz <= $2::timestamptz
) AS lapsed
WHERE s.sku = $1::text ORDER BY s.warehouse_id;

-- name: list_stock
-- The counters after a sku and warehouse, in key order.
SELECT sku, warehouse_id, on_hand, reserved, safety, written_off FROM stock
WHERE (sku, warehouse_id) > ($1::text, $2::text) ORDER BY sku, warehouse_id LIMIT $3::integer;

-- name: show_reservation
-- The reservation of an order.
SELECT order_id, state, customer_id, ends, document FROM reservations WHERE order_id = $1::text;

-- name: show_movements
-- The movements of an order's units, in the order of time.
SELECT cause, kind, sku, warehouse_id, quantity, moved_at
FROM movements WHERE order_id = $1::text ORDER BY moved_at, cause, kind, sku, warehouse_id;

-- name: show_low_stock
-- Where less can be taken at a time than the product's threshold.
SELECT s.sku, s.warehouse_id, greatest(0, places.free)::bigint AS available, places.threshold
FROM stock AS s
JOIN products AS p ON p.sku = s.sku
CROSS JOIN LATERAL (
    SELECT
        s.on_hand - s.reserved - s.safety + coalesce(sum(h.value::bigint), 0) AS free,
        (p.document ->> 'low_stock')::bigint AS threshold
    FROM jsonb_each_text(s.holds) AS h WHERE h.key::timestamptz <= $1::timestamptz
) AS places
WHERE places.free < places.threshold
ORDER BY s.sku, s.warehouse_id LIMIT 1000;

-- name: show_last_check
-- What the last check of the counters found.
SELECT checked_at, drifts FROM counter_checks ORDER BY checked_at DESC LIMIT 1;

-- name: hold_still
-- Keeps everybody else from changing stock until the transaction ends.
LOCK TABLE stock IN SHARE ROW EXCLUSIVE MODE;

-- name: find_drifts
-- Rows of stock whose counters are not what the movements add up to, or whose holds are more than what is reserved.
WITH sums AS (
    SELECT
        m.sku, m.warehouse_id,
        sum(m.quantity * k.on_hand) AS on_hand,
        sum(m.quantity * k.reserved) AS reserved,
        sum(m.quantity * k.written_off) AS written_off
    FROM movements AS m JOIN movement_kinds AS k ON k.kind = m.kind
    GROUP BY m.sku, m.warehouse_id
), rows AS (
    SELECT
        sku, warehouse_id,
        coalesce(s.on_hand, 0) AS on_hand, coalesce(sums.on_hand, 0)::bigint AS moved_on_hand,
        coalesce(s.reserved, 0) AS reserved, coalesce(sums.reserved, 0)::bigint AS moved_reserved,
        coalesce(s.written_off, 0) AS written_off, coalesce(sums.written_off, 0)::bigint AS moved_written_off,
        (SELECT coalesce(sum(h.value::bigint), 0)::bigint FROM jsonb_each_text(coalesce(s.holds, '{}')) AS h) AS held
    FROM stock AS s FULL JOIN sums USING (sku, warehouse_id)
)
SELECT * FROM rows
WHERE (on_hand, reserved, written_off) <> (moved_on_hand, moved_reserved, moved_written_off) OR held > reserved
ORDER BY sku, warehouse_id;

-- name: rebuild_counters
-- Sets the counters of these rows to what their movements add up to.
MERGE INTO stock AS t
USING unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
AS c (sku, warehouse_id, on_hand, reserved, written_off)
ON t.sku = c.sku AND t.warehouse_id = c.warehouse_id
WHEN MATCHED THEN UPDATE SET on_hand = c.on_hand, reserved = c.reserved, written_off = c.written_off
WHEN NOT MATCHED THEN INSERT (sku, warehouse_id, on_hand, reserved, written_off, safety, holds)
VALUES (c.sku, c.warehouse_id, c.on_hand, c.reserved, c.written_off, 0, '{}');

-- name: audit_counters
-- Rows of stock whose counters are not what the movements add up to, or that hold more than is reserved.
WITH sums AS (
    SELECT
        m.sku, m.warehouse_id,
        sum(m.quantity * k.on_hand) AS on_hand,
        sum(m.quantity * k.reserved) AS reserved,
        sum(m.quantity * k.written_off) AS written_off
    FROM movements AS m JOIN movement_kinds AS k ON k.kind = m.kind
    GROUP BY m.sku, m.warehouse_id
), wrong AS (
    SELECT format(
        'sku %s in %s: on hand %s, moved %s; reserved %s, moved %s; written off %s, moved %s', sku, warehouse_id,
        coalesce(s.on_hand, 0), coalesce(sums.on_hand, 0), coalesce(s.reserved, 0), coalesce(sums.reserved, 0),
        coalesce(s.written_off, 0), coalesce(sums.written_off, 0)
    ) AS what
    FROM stock AS s FULL JOIN sums USING (sku, warehouse_id)
    WHERE (coalesce(s.on_hand, 0), coalesce(s.reserved, 0), coalesce(s.written_off, 0))
        <> (coalesce(sums.on_hand, 0), coalesce(sums.reserved, 0), coalesce(sums.written_off, 0))
)
SELECT (SELECT count(*) FROM stock) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_received
-- Skus whose received units are not on hand, dispatched and not restocked, or written off.
WITH moved AS (
    SELECT
        sku,
        coalesce(sum(quantity) FILTER (WHERE kind = 'receive'), 0) AS received,
        coalesce(sum(quantity) FILTER (WHERE kind = 'dispatch'), 0) AS dispatched,
        coalesce(sum(quantity) FILTER (WHERE kind = 'restock'), 0) AS restocked
    FROM movements GROUP BY sku
), kept AS (
    SELECT sku, sum(on_hand) AS on_hand, sum(written_off) AS written_off FROM stock GROUP BY sku
), wrong AS (
    SELECT format(
        'sku %s: received %s, on hand %s, dispatched %s, restocked %s, written off %s', sku, coalesce(received, 0),
        coalesce(on_hand, 0), coalesce(dispatched, 0), coalesce(restocked, 0), coalesce(written_off, 0)
    ) AS what
    FROM moved FULL JOIN kept USING (sku)
    WHERE coalesce(received, 0) <> coalesce(on_hand, 0) + coalesce(dispatched, 0) - coalesce(restocked, 0)
        + coalesce(written_off, 0)
)
SELECT (SELECT count(*) FROM kept) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_reserved
-- Rows of stock that reserve something else than what live reservations have left there, or that are below zero.
WITH live AS (
    SELECT
        a.piece ->> 'sku' AS sku, a.piece ->> 'warehouse_id' AS warehouse_id,
        sum(
            (a.piece ->> 'quantity')::bigint - (a.piece ->> 'released')::bigint - (a.piece ->> 'shipped')::bigint
            - (a.piece ->> 'missing')::bigint
        ) AS units
    FROM reservations AS r
    CROSS JOIN LATERAL jsonb_array_elements(r.document -> 'allocations') AS a (piece)
    LEFT JOIN stock AS s ON s.sku = a.piece ->> 'sku' AND s.warehouse_id = a.piece ->> 'warehouse_id'
    -- A hold that was swept is given back, although the order that had it does not know it yet.
    WHERE (a.piece ->> 'taken')::boolean
        AND (r.state = 'committed' OR (r.state = 'held' AND (s.swept IS NULL OR r.ends > s.swept)))
    GROUP BY a.piece ->> 'sku', a.piece ->> 'warehouse_id'
), wrong AS (
    SELECT format(
        'sku %s in %s: on hand %s, reserved %s, of live reservations %s', sku, warehouse_id, coalesce(s.on_hand, 0),
        coalesce(s.reserved, 0), coalesce(live.units, 0)
    ) AS what
    FROM stock AS s FULL JOIN live USING (sku, warehouse_id)
    WHERE coalesce(s.reserved, 0) <> coalesce(live.units, 0) OR least(s.on_hand, s.reserved, s.written_off) < 0
)
SELECT (SELECT count(*) FROM stock) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_holds
-- Minutes of stock that hold something else than the reservations that end then, and rows that reserve what is not there.
WITH live AS (
    SELECT
        a.piece ->> 'sku' AS sku, a.piece ->> 'warehouse_id' AS warehouse_id, r.ends,
        sum(
            (a.piece ->> 'quantity')::bigint - (a.piece ->> 'released')::bigint - (a.piece ->> 'shipped')::bigint
            - (a.piece ->> 'missing')::bigint
        ) AS units
    FROM reservations AS r
    CROSS JOIN LATERAL jsonb_array_elements(r.document -> 'allocations') AS a (piece)
    LEFT JOIN stock AS s ON s.sku = a.piece ->> 'sku' AND s.warehouse_id = a.piece ->> 'warehouse_id'
    WHERE r.state = 'held' AND (a.piece ->> 'taken')::boolean AND (s.swept IS NULL OR r.ends > s.swept)
    GROUP BY a.piece ->> 'sku', a.piece ->> 'warehouse_id', r.ends
), held AS (
    SELECT s.sku, s.warehouse_id, h.key::timestamptz AS ends, h.value::bigint AS units
    FROM stock AS s CROSS JOIN LATERAL jsonb_each_text(s.holds) AS h
), wrong AS (
    SELECT format(
        'sku %s in %s: held until %s %s, by live reservations %s', sku, warehouse_id, ends, coalesce(held.units, 0),
        coalesce(live.units, 0)
    ) AS what
    FROM held FULL JOIN live USING (sku, warehouse_id, ends)
    WHERE coalesce(held.units, 0) <> coalesce(live.units, 0)
    UNION ALL
    SELECT format(
        'sku %s in %s: on hand %s, reserved %s, safety %s, written off %s', sku, warehouse_id, on_hand, reserved, safety,
        written_off
    )
    FROM stock WHERE least(reserved, on_hand - reserved, safety, written_off) < 0
)
SELECT (SELECT count(*) FROM stock) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_lines
-- Lines of live reservations that got more or less than they wanted.
WITH lines AS (
    SELECT
        r.order_id, w.line -> 'wanted' ->> 'line_id' AS line_id, (w.line -> 'wanted' ->> 'quantity')::bigint AS wanted,
        (
            SELECT coalesce(sum((a.piece ->> 'quantity')::bigint), 0)
            FROM jsonb_array_elements(r.document -> 'allocations') AS a (piece)
            WHERE a.piece ->> 'line_id' = w.line -> 'wanted' ->> 'line_id'
        ) AS given
    FROM reservations AS r CROSS JOIN LATERAL jsonb_array_elements(r.document -> 'lines') AS w (line)
    WHERE r.state IN ('held', 'committed')
), wrong AS (
    SELECT format('order %s line %s: wanted %s, given %s', order_id, line_id, wanted, given) AS what
    FROM lines WHERE given <> wanted
)
SELECT (SELECT count(*) FROM lines) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_orders
-- What is known of each order after an id: pieces that are held or committed and not dispatched.
SELECT
    r.order_id,
    jsonb_build_object('reserved', CASE WHEN r.state IN ('held', 'committed') THEN (
        SELECT coalesce(sum(
            (a.piece ->> 'quantity')::bigint - (a.piece ->> 'released')::bigint - (a.piece ->> 'shipped')::bigint
            - (a.piece ->> 'missing')::bigint
        ), 0)
        FROM jsonb_array_elements(r.document -> 'allocations') AS a (piece) WHERE (a.piece ->> 'taken')::boolean
    ) ELSE 0 END) AS facts
FROM reservations AS r WHERE r.order_id > $1::text ORDER BY r.order_id LIMIT $2::integer;
