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
