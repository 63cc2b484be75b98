-- Every statement of the order service (migrations/0001_initial.sql explains the tables).

-- name: load_orders
-- The orders with these ids.
SELECT order_id AS key, version, document FROM orders WHERE order_id = ANY($1::text[]);

-- name: save_orders
-- Stores new orders and next versions; one that has moved on is left out, and the count shows it.
INSERT INTO orders AS t (
    order_id, version, document, customer_id, profile, state, since, placed_at, running, stuck
)
SELECT * FROM unnest(
    $1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
    $9::boolean[], $10::boolean[]
)
ON CONFLICT (order_id) DO UPDATE SET
    version = excluded.version, document = excluded.document, state = excluded.state, since = excluded.since,
    running = excluded.running, stuck = excluded.stuck
WHERE t.version = excluded.version - 1;

-- name: load_terms
-- The terms of these orders.
SELECT order_id AS key, version, document FROM terms WHERE order_id = ANY($1::text[]);

-- name: save_terms
-- Stores the terms of new orders; they are never changed, and the count shows who tries.
INSERT INTO terms (order_id, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (order_id) DO NOTHING;

-- name: insert_entries
-- Adds rows to the history.
INSERT INTO entries (
    order_id, number, at, what, state_from, state_to, who, why, message_id, previous, hash
)
SELECT * FROM unnest(
    $1::text[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[]
);

-- name: load_products
-- The products with these skus.
SELECT sku AS key, version, document FROM products WHERE sku = ANY($1::text[]);

-- name: save_products
-- Stores products of the feed, newer ones only.
INSERT INTO products AS t (sku, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (sku) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version < excluded.version;

-- name: load_merchants
-- The merchants with these ids.
SELECT merchant_id AS key, version, document FROM merchants WHERE merchant_id = ANY($1::text[]);

-- name: save_merchants
-- Stores merchants of the feed, newer ones only.
INSERT INTO merchants AS t (merchant_id, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (merchant_id) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version < excluded.version;

-- name: load_offers
-- The offers with these ids.
SELECT offer_id AS key, version, document FROM offers WHERE offer_id = ANY($1::text[]);

-- name: save_offers
-- Stores offers of the feed, newer ones only.
INSERT INTO offers AS t (offer_id, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (offer_id) DO UPDATE SET version = excluded.version, document = excluded.document
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
-- Which handling classes the warehouses that reach these regions store.
SELECT
    z.zone ->> 'region' AS key,
    max(w.version) AS version,
    jsonb_build_object('region', z.zone ->> 'region', 'classes', jsonb_agg(DISTINCT c.class ORDER BY c.class)) AS document
FROM warehouses AS w
CROSS JOIN LATERAL jsonb_array_elements(w.document -> 'zones') AS z (zone)
CROSS JOIN LATERAL jsonb_array_elements_text(w.document -> 'classes') AS c (class)
WHERE z.zone ->> 'region' = ANY($1::text[])
GROUP BY z.zone ->> 'region';

-- name: load_freight_tariffs
-- The tariffs of these delivery methods and currencies.
SELECT tariff AS key, version, document FROM freight_tariffs WHERE tariff = ANY($1::text[]);

-- name: save_freight_tariffs
-- Stores freight tariffs of the feed, newer ones only.
INSERT INTO freight_tariffs AS t (tariff, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (tariff) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version < excluded.version;

-- name: load_accounts
-- The accounts of these customers.
SELECT customer_id AS key, version, document FROM accounts WHERE customer_id = ANY($1::text[]);

-- name: save_accounts
-- Stores accounts of the feed, newer ones only.
INSERT INTO accounts AS t (customer_id, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (customer_id) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version < excluded.version;

-- name: show_order
-- An order with its terms, which a rejected one does not have.
SELECT o.document, t.document AS terms
FROM orders AS o LEFT JOIN terms AS t ON t.order_id = o.order_id
WHERE o.order_id = $1::text;

-- name: list_orders
-- A customer's orders behind a place in the list, newest first; archived ones are not shown.
SELECT order_id, document, placed_at
FROM orders
WHERE customer_id = $1::text AND state <> 'expired' AND (placed_at, order_id) < ($2::timestamptz, $3::text)
ORDER BY placed_at DESC, order_id DESC
LIMIT $4::integer;

-- name: show_timeline
-- The history of an order, oldest first.
SELECT order_id, number, at, what, state_from, state_to, who, why, message_id, previous, hash
FROM entries WHERE order_id = $1::text ORDER BY number;

-- name: list_sagas
-- The sagas that run, longest waiting first: where they wait, how often they asked, and whether they are stuck.
SELECT
    o.order_id, s.key AS saga, s.value ->> 'phase' AS phase, s.value -> 'plan' ->> (s.value ->> 'at')::integer AS step,
    (s.value ->> 'tries')::integer AS tries, (s.value ->> 'stuck')::boolean AS stuck,
    (s.value ->> 'since')::timestamptz AS since, (s.value ->> 'due')::timestamptz AS due, o.state
FROM orders AS o CROSS JOIN LATERAL jsonb_each(o.document -> 'sagas') AS s (key, value)
WHERE o.running AND s.value ->> 'phase' IN ('forward', 'backward')
ORDER BY (s.value ->> 'stuck')::boolean DESC, (s.value ->> 'since')::timestamptz
LIMIT 500;

-- name: show_sagas
-- All sagas of an order, ended ones too.
SELECT
    o.order_id, s.key AS saga, s.value ->> 'phase' AS phase,
    ARRAY(SELECT jsonb_array_elements_text(s.value -> 'plan')) AS plan,
    s.value -> 'plan' ->> (s.value ->> 'at')::integer AS step, (s.value ->> 'tries')::integer AS tries,
    (s.value ->> 'stuck')::boolean AS stuck, (s.value ->> 'since')::timestamptz AS since,
    (s.value ->> 'due')::timestamptz AS due, s.value ->> 'reason' AS reason, o.state
FROM orders AS o CROSS JOIN LATERAL jsonb_each(o.document -> 'sagas') AS s (key, value)
WHERE o.order_id = $1::text
ORDER BY s.key;

-- name: make_customer_key
-- Gives a customer a key, or returns the one that there is; an erased one stays erased.
INSERT INTO customer_keys AS t (customer_id, key, made_at) VALUES ($1::text, $2::bytea, $3::timestamptz)
ON CONFLICT (customer_id) DO UPDATE SET made_at = t.made_at
RETURNING key;

-- name: read_customer_key
-- The key of a customer; null when it was erased.
SELECT key FROM customer_keys WHERE customer_id = $1::text;

-- name: erase_customer_key
-- Erases the key of a customer for good.
UPDATE customer_keys SET key = NULL, erased_at = $2::timestamptz
WHERE customer_id = $1::text AND key IS NOT NULL
RETURNING customer_id;

-- name: load_exceptions
-- The exceptions of the audit with these numbers.
SELECT exception_id AS key, version, document FROM exceptions WHERE exception_id = ANY($1::text[]);

-- name: save_exceptions
-- Stores new exceptions and those that changed; one that has moved on is left out.
INSERT INTO exceptions AS t (exception_id, version, document, state, opened_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::timestamptz[])
ON CONFLICT (exception_id) DO UPDATE SET
    version = excluded.version, document = excluded.document, state = excluded.state, opened_at = excluded.opened_at
WHERE t.version = excluded.version - 1;

-- name: list_exceptions
-- Exceptions after a number, open ones or all of them.
SELECT document FROM exceptions
WHERE exception_id > $1::text AND (state = 'open' OR $2::boolean) ORDER BY exception_id LIMIT $3::integer;

-- name: load_last_audits
-- What the last regular audit did.
SELECT audit AS key, version, document FROM last_audits WHERE audit = ANY($1::text[]);

-- name: save_last_audits
-- Stores what the last regular audit did.
INSERT INTO last_audits AS t (audit, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (audit) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version = excluded.version - 1;

-- name: show_last_audit
-- What the last regular audit did.
SELECT document FROM last_audits;

-- name: audit_orders
-- What is known of each order after an id: its state, whether it ended and nothing runs, whether it was accepted and
-- whether a saga runs.
SELECT
    order_id,
    jsonb_build_object(
        'state', state,
        'terminal', state IN ('rejected', 'cancelled', 'closed', 'completed', 'expired') AND NOT running,
        'accepted', (document ->> 'accepted')::boolean,
        'running', running
    ) AS facts
FROM orders WHERE order_id > $1::text ORDER BY order_id LIMIT $2::integer;

-- name: audit_clocks
-- Running sagas without a clock or without their timer.
WITH running AS (
    SELECT o.order_id, s.key AS saga, s.value ->> 'due' AS due
    FROM orders AS o CROSS JOIN LATERAL jsonb_each(o.document -> 'sagas') AS s (key, value)
    WHERE s.value ->> 'phase' IN ('forward', 'backward')
)
SELECT
    count(*) AS checked,
    coalesce(
        (array_agg(format('order %s: %s has no clock', r.order_id, r.saga) ORDER BY r.order_id) FILTER (WHERE r.due IS NULL OR t.id IS NULL))[1:20],
        '{}'
    ) AS violations
FROM running AS r LEFT JOIN tasks AS t ON t.id = r.order_id || '/' || r.saga;

-- name: audit_stuck
-- Orders with a stuck saga.
SELECT
    count(*) AS checked,
    coalesce((array_agg(format('order %s: a saga is stuck', order_id) ORDER BY order_id) FILTER (WHERE stuck))[1:20], '{}') AS violations
FROM orders;

-- name: audit_locks
-- Orders in a lock without a running saga.
SELECT
    count(*) AS checked,
    coalesce(
        (array_agg(format('order %s: nobody will unlock it', order_id) ORDER BY order_id) FILTER (WHERE NOT running))[1:20],
        '{}'
    ) AS violations
FROM orders WHERE state IN ('cancelling', 'closing');

-- name: audit_parts
-- Orders whose refunds, settlements and rest are not what was due.
WITH sums AS (
    SELECT
        o.order_id,
        (t.document -> 'priced' ->> 'due')::bigint AS due,
        (SELECT coalesce(sum((r ->> 'amount')::bigint), 0) FROM jsonb_array_elements(o.document -> 'refunds') AS r) AS back,
        (
            SELECT coalesce(sum((p ->> 'goods')::bigint + (p ->> 'freight')::bigint + (p ->> 'tax')::bigint), 0)
            FROM (
                SELECT u.u AS p FROM jsonb_array_elements(o.document -> 'unsettled') AS u (u)
                UNION ALL
                SELECT s.s -> 'settled' FROM jsonb_array_elements(o.document -> 'sub_orders') AS s (s)
                WHERE s.s -> 'settled' <> 'null'
            ) AS parts
        ) AS kept
    FROM orders AS o JOIN terms AS t ON t.order_id = o.order_id
)
SELECT
    count(*) AS checked,
    coalesce(
        (array_agg(format('order %s: due %s, back %s, kept %s', order_id, due, back, kept) ORDER BY order_id)
            FILTER (WHERE due <> back + kept))[1:20],
        '{}'
    ) AS violations
FROM sums;

-- name: audit_open_orders
-- Orders that wait for us or for the customer and have neither a saga nor a timer; goods have their shipments.
WITH waiting AS (
    SELECT order_id, state, running FROM orders WHERE state IN (
        'placing', 'awaiting_payment', 'confirming_payment', 'service_window', 'cancelling', 'closing'
    )
), timed AS (
    SELECT DISTINCT split_part(id, '/', 1) AS order_id FROM tasks
), wrong AS (
    SELECT format('order %s: it waits in %s for nothing', order_id, state) AS what
    FROM waiting WHERE NOT running AND NOT EXISTS (SELECT FROM timed WHERE timed.order_id = waiting.order_id)
)
SELECT (SELECT count(*) FROM waiting) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_history
-- Orders whose history lacks a row, has one too many, or has one that was changed: the hash of each row covers all of it.
WITH links AS (
    SELECT
        order_id, number, hash,
        number = row_number() OVER chain
        AND previous = coalesce(lag(hash) OVER chain, '')
        -- The words of other scripts are escaped otherwise by Python than here.
        AND (what || who || why !~ '^[ -~]*$' OR hash = encode(sha256(convert_to(format(
            '{"at":"%s%s+00:00","message_id":%s,"number":%s,"order_id":%s,"previous":%s,"state_from":%s,"state_to":%s,'
            '"what":%s,"who":%s,"why":%s}',
            to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'),
            nullif(to_char(at AT TIME ZONE 'UTC', '.US'), '.000000'),
            to_json(message_id), number, to_json(order_id), to_json(previous), to_json(state_from), to_json(state_to),
            to_json(what), to_json(who), to_json(why)
        ), 'UTF8')), 'hex')) AS holds
    FROM entries WINDOW chain AS (PARTITION BY order_id ORDER BY number)
), chains AS (
    SELECT order_id, count(*) AS rows, bool_and(holds) AS holds, (array_agg(hash ORDER BY number DESC))[1] AS head
    FROM links GROUP BY order_id
), wrong AS (
    SELECT format('order %s: its history of %s rows is broken', o.order_id, coalesce(c.rows, 0)) AS what
    FROM orders AS o LEFT JOIN chains AS c ON c.order_id = o.order_id
    WHERE c.holds IS NOT TRUE
        OR (c.rows, c.head) <> ((o.document ->> 'entries')::bigint, o.document ->> 'head')
)
SELECT (SELECT count(*) FROM entries) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;
