-- What fulfillment keeps, beside the chassis's own tables.
--
--   assignments       One per order: what order asked for, whom it goes to (the recipient stays sealed), and the answers
--                     that interceptions got.
--   shipments         One per sub-order: the job of one warehouse, its state, its parcels, and what carriers said of them.
--                     This row is where an interception and a dispatch meet: both change it, the version lets one win,
--                     and the other is decided again on what the winner left.
--   queues            What waits in a warehouse for its next wave, one row per shard and warehouse. So a wave holds only
--                     orders of one shard, and whoever owns the shard may change all of them in one write.
--   waves             The waves that were closed, with the order of picking. Append-only.
--
-- A shipment: create puts it into a queue; the wave closes when it is full or its time has come (a timer in tasks);
-- pick, pack and dispatch are told by the warehouse, everything after by the carrier. No table is shared by shards.

CREATE TABLE assignments (
    order_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT assignments_pkey PRIMARY KEY (order_id)
);

CREATE TABLE shipments (
    shipment_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    state text NOT NULL,
    order_id text NOT NULL,
    warehouse_id text NOT NULL,
    wave_id text,
    waybill text,
    created_at timestamptz NOT NULL,
    CONSTRAINT shipments_pkey PRIMARY KEY (shipment_id),
    CONSTRAINT shipments_state_check CHECK (
        state IN (
            'created', 'waved', 'picking', 'packed', 'dispatched', 'in_transit', 'out_for_delivery',
            'delivered', 'refused', 'lost', 'intercepted'
        )
    ),
    -- What has left has a waybill, what has not left has none.
    CONSTRAINT shipments_waybill_check CHECK (
        (waybill IS NULL) = (state IN ('created', 'waved', 'picking', 'packed', 'intercepted'))
    )
) WITH (fillfactor = 70);
CREATE INDEX shipments_order_id_idx ON shipments (order_id);
CREATE INDEX shipments_open_idx ON shipments (warehouse_id, created_at)
WHERE state IN ('created', 'waved', 'picking', 'packed');

CREATE TABLE queues (
    key text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    warehouse_id text NOT NULL,
    closes_at timestamptz,
    CONSTRAINT queues_pkey PRIMARY KEY (key)
) WITH (fillfactor = 50);

CREATE TABLE waves (
    wave_id text NOT NULL,
    warehouse_id text NOT NULL,
    shipment_ids jsonb NOT NULL,
    closed_at timestamptz NOT NULL,
    CONSTRAINT waves_pkey PRIMARY KEY (wave_id)
);
CREATE INDEX waves_warehouse_id_idx ON waves (warehouse_id, closed_at);

GRANT SELECT, INSERT, UPDATE ON assignments, shipments, queues TO :"runner";
GRANT SELECT, INSERT ON waves TO :"runner";
