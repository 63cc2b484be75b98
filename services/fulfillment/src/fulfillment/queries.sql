-- name: load_assignments
-- The assignments of these orders.
SELECT order_id AS key, version, document FROM assignments WHERE order_id = ANY($1::text[]);

-- name: save_assignments
-- Stores new assignments and next versions; one that has moved on is left out, and the count shows it.
INSERT INTO assignments AS t (order_id, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version = excluded.version - 1;

-- name: load_shipments
-- The shipments with these ids.
SELECT shipment_id AS key, version, document FROM shipments WHERE shipment_id = ANY($1::text[]);

-- name: save_shipments
-- Stores new shipments and next versions; one that has moved on is left out, and the count shows it.
INSERT INTO shipments AS t (
    shipment_id, version, document, state, order_id, warehouse_id, wave_id, waybill, created_at
)
SELECT * FROM unnest(
    $1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[]
)
ON CONFLICT (shipment_id) DO UPDATE SET
    version = excluded.version, document = excluded.document, state = excluded.state, wave_id = excluded.wave_id,
    waybill = excluded.waybill
WHERE t.version = excluded.version - 1;

-- name: load_queues
-- The queues with these keys.
SELECT key, version, document FROM queues WHERE key = ANY($1::text[]);

-- name: save_queues
-- Stores new queues and next versions; one that has moved on is left out, and the count shows it.
INSERT INTO queues AS t (key, version, document, warehouse_id, closes_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::timestamptz[])
ON CONFLICT (key) DO UPDATE SET version = excluded.version, document = excluded.document, closes_at = excluded.closes_at
WHERE t.version = excluded.version - 1;

-- name: insert_waves
-- Adds waves that were closed.
INSERT INTO waves (wave_id, warehouse_id, shipment_ids, closed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[]);

-- name: show_shipments
-- The shipments of an order.
SELECT document FROM shipments WHERE order_id = $1::text ORDER BY shipment_id;

-- name: show_shipment
-- A shipment with what order asked for.
SELECT s.document AS shipment, a.document AS assignment
FROM shipments AS s JOIN assignments AS a ON a.order_id = s.order_id
WHERE s.shipment_id = $1::text;

-- name: show_open_shipments
-- What a warehouse has to do, the oldest first.
SELECT document FROM shipments
WHERE warehouse_id = $1::text AND state IN ('created', 'waved', 'picking', 'packed')
ORDER BY created_at, shipment_id LIMIT 1000;

-- name: show_waves
-- The latest waves of a warehouse.
SELECT wave_id, warehouse_id, shipment_ids, closed_at
FROM waves WHERE warehouse_id = $1::text ORDER BY closed_at DESC, wave_id LIMIT 100;

-- name: audit_shipments
-- Sub-orders that have more than one shipment.
WITH wrong AS (
    SELECT format('sub-order %s: %s', document ->> 'sub_order_id', string_agg(shipment_id, ', ' ORDER BY shipment_id))
        AS what
    FROM shipments GROUP BY document ->> 'sub_order_id' HAVING count(*) > 1
)
SELECT (SELECT count(*) FROM shipments) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_waves
-- Shipments that are picked in two waves, or in another one than they know.
WITH picks AS (
    SELECT w.wave_id, p.shipment_id
    FROM waves AS w CROSS JOIN LATERAL jsonb_array_elements_text(w.shipment_ids) AS p (shipment_id)
), wrong AS (
    SELECT format(
        'shipment %s knows wave %s, is in %s', shipment_id, coalesce(max(s.wave_id), 'none'),
        coalesce(string_agg(p.wave_id, ', ' ORDER BY p.wave_id), 'none')
    ) AS what
    FROM (SELECT * FROM shipments WHERE wave_id IS NOT NULL) AS s FULL JOIN picks AS p USING (shipment_id)
    GROUP BY shipment_id HAVING count(*) > 1 OR max(s.wave_id) IS DISTINCT FROM max(p.wave_id)
)
SELECT (SELECT count(*) FROM picks) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_orders
-- What is known of each order after an id: shipments that may still go out, those that went, and those that
-- were refused or lost.
SELECT
    a.order_id,
    jsonb_build_object(
        'open', count(*) FILTER (WHERE s.state IN ('created', 'waved', 'picking', 'packed')),
        'gone', count(*) FILTER (WHERE s.state IN ('dispatched', 'in_transit', 'out_for_delivery', 'delivered')),
        'astray', count(*) FILTER (WHERE s.state IN ('refused', 'lost'))
    ) AS facts
FROM assignments AS a LEFT JOIN shipments AS s ON s.order_id = a.order_id
WHERE a.order_id > $1::text GROUP BY a.order_id ORDER BY a.order_id LIMIT $2::integer;
