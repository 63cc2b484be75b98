-- What inventory keeps, beside the chassis's own tables.
--
--   products          The skus as the catalogue publishes them: merchant, class, weight, mode, caps. A feed: version is
--                     the source's sequence, and the higher one wins.
--   warehouses        The warehouses as the catalogue publishes them, with the regions they cover. A feed. Who covers a
--                     region is looked up here (load_coverage).
--   stock             One row per sku and warehouse: on hand, reserved, safety, written off. The only rows that orders
--                     of different shards share: a batch locks all rows of its skus in key order, decides on what the
--                     locks return, and changes each row once, relatively. The CHECKs are the last word: never negative,
--                     never more reserved than on hand. `holds` says how much of `reserved` is held for a while, by the
--                     minute in which the hold ends; who takes stock sweeps the minutes that are over, and `swept`
--                     remembers up to when. So a hold that is over is free for everybody at once, although the order
--                     that had it learns of it only when its own timer runs.
--   taken             How many units of a capped sku a customer holds or has bought, over all orders. Shared like stock.
--   reservations      One per order: its lines, which warehouse gives what, until when. The columns are for those who
--                     look; the document is the aggregate.
--   receipts          One per delivery of a supplier, so that it counts once.
--   movements         The truth: what happened to units, by which cause. Append-only. The same cause moves the same
--                     units once. The counters of stock are what the movements add up to.
--   movement_kinds    What one unit of a movement adds to each counter, the same as in the code.
--   counter_checks    What the regular comparison of counters and movements found. Append-only.
--
-- An order: reserve locks stock and taken, adds `reserve` movements; commit takes the units out of `holds` (they stay
-- reserved); dispatch lowers on hand and reserved. Release and expire give back what is held; restock puts on hand what
-- came back, and write_off takes the scrap of it off again.

CREATE TABLE products (
    sku text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT products_pkey PRIMARY KEY (sku)
);

CREATE TABLE warehouses (
    warehouse_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT warehouses_pkey PRIMARY KEY (warehouse_id)
);

CREATE TABLE stock (
    sku text NOT NULL,
    warehouse_id text NOT NULL,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL,
    safety bigint NOT NULL,
    written_off bigint NOT NULL,
    holds jsonb NOT NULL,
    swept timestamptz,
    CONSTRAINT stock_pkey PRIMARY KEY (sku, warehouse_id),
    CONSTRAINT stock_reserved_check CHECK (reserved BETWEEN 0 AND on_hand),
    CONSTRAINT stock_safety_check CHECK (safety >= 0),
    CONSTRAINT stock_written_off_check CHECK (written_off >= 0)
) WITH (fillfactor = 70);

CREATE TABLE taken (
    key text NOT NULL,
    customer_id text NOT NULL,
    sku text NOT NULL,
    quantity bigint NOT NULL,
    CONSTRAINT taken_pkey PRIMARY KEY (key),
    CONSTRAINT taken_quantity_check CHECK (quantity >= 0)
);

CREATE TABLE reservations (
    order_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    state text NOT NULL,
    customer_id text NOT NULL,
    ends timestamptz,
    CONSTRAINT reservations_pkey PRIMARY KEY (order_id),
    CONSTRAINT reservations_state_check CHECK (
        state IN ('held', 'refused', 'committed', 'short', 'expired', 'released')
    ),
    -- Only a hold has an end.
    CONSTRAINT reservations_ends_check CHECK ((state = 'held') = (ends IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX reservations_ends_idx ON reservations (ends) WHERE state = 'held';

CREATE TABLE receipts (
    receipt_id text NOT NULL,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT receipts_pkey PRIMARY KEY (receipt_id)
);

CREATE TABLE movement_kinds (
    kind text NOT NULL,
    on_hand integer NOT NULL,
    reserved integer NOT NULL,
    written_off integer NOT NULL,
    CONSTRAINT movement_kinds_pkey PRIMARY KEY (kind)
);
INSERT INTO movement_kinds (kind, on_hand, reserved, written_off) VALUES
('receive', 1, 0, 0),
('reserve', 0, 1, 0),
('release', 0, -1, 0),
('expire', 0, -1, 0),
('extend', 0, 0, 0),
('commit', 0, 0, 0),
('dispatch', -1, -1, 0),
('restock', 1, 0, 0),
('write_off', -1, 0, 1),
('miss', -1, -1, 1);

CREATE TABLE movements (
    cause text NOT NULL,
    kind text NOT NULL,
    sku text NOT NULL,
    warehouse_id text NOT NULL,
    order_id text NOT NULL,
    quantity bigint NOT NULL,
    moved_at timestamptz NOT NULL,
    CONSTRAINT movements_pkey PRIMARY KEY (cause, kind, sku, warehouse_id),
    CONSTRAINT movements_kind_check CHECK (
        kind IN (
            'receive', 'reserve', 'release', 'expire', 'extend', 'commit', 'dispatch', 'restock', 'write_off', 'miss'
        )
    ),
    CONSTRAINT movements_quantity_check CHECK (quantity > 0)
);
CREATE INDEX movements_order_id_idx ON movements (order_id) WHERE order_id <> '';

CREATE TABLE counter_checks (
    checked_at timestamptz NOT NULL,
    drifts jsonb NOT NULL,
    CONSTRAINT counter_checks_pkey PRIMARY KEY (checked_at)
);

-- The first of the regular checks; each one sets the next. 11 is the shard of its key among twelve.
INSERT INTO tasks (id, shard, kind, name, key, due, message_id, data, correlation_id) VALUES
('check-counters', 11, 'timer', 'check-counters', 'check-counters', now(), gen_random_uuid()::text, '{}', 'check-counters');

GRANT SELECT, INSERT, UPDATE ON products, warehouses, stock, taken, reservations, receipts TO :"runner";
GRANT SELECT, INSERT ON movements, counter_checks TO :"runner";
GRANT SELECT ON movement_kinds TO :"runner";
