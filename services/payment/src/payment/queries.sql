-- name: load_payments
-- The payments of these orders.
SELECT order_id AS key, version, document FROM payments WHERE order_id = ANY($1::text[]);

-- name: save_payments
-- Stores new payments and next versions; one that has moved on is left out, and the count shows it.
INSERT INTO payments AS t (
    order_id, version, document, customer_id, state, channel, currency, due, captured, refunded, in_flight, deadline
)
SELECT * FROM unnest(
    $1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
    $10::bigint[], $11::bigint[], $12::timestamptz[]
)
ON CONFLICT (order_id) DO UPDATE SET
    version = excluded.version, document = excluded.document, customer_id = excluded.customer_id,
    state = excluded.state, channel = excluded.channel, currency = excluded.currency, due = excluded.due,
    captured = excluded.captured, refunded = excluded.refunded, in_flight = excluded.in_flight,
    deadline = excluded.deadline
WHERE t.version = excluded.version - 1;

-- name: lock_tenders
-- Locks these tenders, in their order.
SELECT tender_id, customer_id, kind, currency, valid_until, reissue_whole_only, available, locked, consumed
FROM tenders WHERE tender_id = ANY($1::text[]) ORDER BY tender_id FOR UPDATE;

-- name: change_tenders
-- Moves amounts between the parts of tenders; one that is not there is issued.
MERGE INTO tenders AS t
USING unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::boolean[], $7::bigint[], $8::bigint[],
    $9::bigint[]
) AS c (
    tender_id, customer_id, kind, currency, valid_until, reissue_whole_only, available, locked, consumed
) ON t.tender_id = c.tender_id
WHEN MATCHED THEN UPDATE SET
    available = t.available + c.available, locked = t.locked + c.locked, consumed = t.consumed + c.consumed
WHEN NOT MATCHED THEN INSERT (
    tender_id, customer_id, kind, currency, valid_until, reissue_whole_only, issued, available, locked, consumed
) VALUES (
    c.tender_id, c.customer_id, c.kind, c.currency, c.valid_until, c.reissue_whole_only,
    c.available + c.locked + c.consumed, c.available, c.locked, c.consumed
);

-- name: lock_balances
-- Locks these balances, in their order.
SELECT balance_key, customer_id, currency, amount
FROM balances WHERE balance_key = ANY($1::text[]) ORDER BY balance_key FOR UPDATE;

-- name: change_balances
-- Adds to balances, or takes from them; one that is not there begins.
MERGE INTO balances AS t
USING unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS c (balance_key, customer_id, currency, amount)
ON t.balance_key = c.balance_key
WHEN MATCHED THEN UPDATE SET amount = t.amount + c.amount
WHEN NOT MATCHED THEN INSERT (balance_key, customer_id, currency, amount)
VALUES (c.balance_key, c.customer_id, c.currency, c.amount);

-- name: load_top_ups
-- The top-ups with these ids.
SELECT top_up_id AS key, version, document FROM top_ups WHERE top_up_id = ANY($1::text[]);

-- name: save_top_ups
-- Stores new top-ups.
INSERT INTO top_ups AS t (top_up_id, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (top_up_id) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version = excluded.version - 1;

-- name: load_exceptions
-- The exceptions with these numbers.
SELECT exception_id AS key, version, document FROM exceptions WHERE exception_id = ANY($1::text[]);

-- name: save_exceptions
-- Stores new exceptions and resolved ones.
INSERT INTO exceptions AS t (exception_id, version, document, order_id, class, opened_at, resolved_at)
SELECT * FROM unnest(
    $1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]
)
ON CONFLICT (exception_id) DO UPDATE SET
    version = excluded.version, document = excluded.document, resolved_at = excluded.resolved_at
WHERE t.version = excluded.version - 1;

-- name: insert_postings
-- Books entries; the trigger refuses one that does not sum to zero.
INSERT INTO postings (entry_id, line, order_id, account, currency, amount, booked_at)
SELECT * FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[]
);

-- name: insert_statement_lines
-- Keeps statement lines and what they were found to be.
INSERT INTO statement_lines (
    statement_id, line_number, order_id, attempt_id, channel, kind, reference, currency, amount, booked_at, class
)
SELECT * FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
    $10::timestamptz[], $11::text[]
);

-- name: show_payment
-- One payment.
SELECT document FROM payments WHERE order_id = $1::text;

-- name: show_ledger
-- All postings of an order, in the order in which they were booked.
SELECT entry_id, line, account, currency, amount, booked_at
FROM postings WHERE order_id = $1::text ORDER BY booked_at, entry_id, line;

-- name: show_balances
-- The stored value of a customer.
SELECT currency, amount FROM balances WHERE customer_id = $1::text ORDER BY currency;

-- name: show_tenders
-- The tenders of a customer.
SELECT tender_id, kind, currency, valid_until, issued, available, locked, consumed
FROM tenders WHERE customer_id = $1::text ORDER BY tender_id;

-- name: list_exceptions
-- Exceptions after a number, open ones or all of them.
SELECT document FROM exceptions
WHERE exception_id > $1::text AND (resolved_at IS NULL OR $2::boolean) ORDER BY exception_id LIMIT $3::integer;

-- name: list_payouts
-- Refunds that a person pays out, of channels that nobody can call.
SELECT order_id, document FROM payments
WHERE in_flight > 0 AND order_id > $1::text AND channel IN ('bank_transfer', 'cash_on_delivery')
ORDER BY order_id LIMIT $2::integer;

-- name: show_trial_balance
-- What every account holds; the sums per currency are zero.
SELECT account, currency, sum(amount)::bigint AS amount
FROM postings GROUP BY account, currency ORDER BY currency, account;

-- name: audit_entries
-- Entries of the ledger that do not sum to zero in each currency.
WITH wrong AS (
    SELECT format('entry %s: %s %s are left', entry_id, sum(amount), currency) AS what
    FROM postings GROUP BY entry_id, currency HAVING sum(amount) <> 0
)
SELECT
    (SELECT count(DISTINCT entry_id) FROM postings) AS checked,
    ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_folds
-- Payments whose amounts are not what channels said, or that give back more than they took.
WITH folds AS (
    SELECT
        p.order_id, p.captured, p.refunded, p.in_flight,
        coalesce(sum(f.amount) FILTER (WHERE f.kind = 'captured'), 0) AS said_captured,
        coalesce(sum(f.amount) FILTER (WHERE f.kind = 'refunded'), 0) AS said_refunded
    FROM payments AS p LEFT JOIN LATERAL (
        SELECT kind, amount
        FROM jsonb_to_recordset(p.document -> 'facts') AS fact (kind text, currency text, amount bigint)
        WHERE fact.currency = p.currency
    ) AS f ON TRUE
    GROUP BY p.order_id
), wrong AS (
    SELECT format(
        'order %s: captured %s, said %s; refunded %s, said %s; in flight %s', order_id, captured, said_captured, refunded,
        said_refunded, in_flight
    ) AS what
    FROM folds
    WHERE (captured, refunded) <> (said_captured, said_refunded) OR refunded + in_flight > captured
)
SELECT (SELECT count(*) FROM payments) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_cash
-- Payments of which the ledger has something else in cash than what was captured and not refunded.
WITH booked AS (
    SELECT order_id, currency, sum(amount) AS amount
    FROM postings WHERE account IN ('CASH', 'CASH_IN_TRANSIT', 'CHANNEL_FEE') GROUP BY order_id, currency
), cash AS (
    SELECT p.order_id, p.captured - p.refunded AS kept, coalesce(b.amount, 0) AS booked
    FROM payments AS p LEFT JOIN booked AS b ON b.order_id = p.order_id AND b.currency = p.currency
    WHERE p.channel <> 'balance'
), wrong AS (
    SELECT format('order %s: kept %s, booked %s', order_id, kept, booked) AS what FROM cash WHERE kept <> booked
)
SELECT (SELECT count(*) FROM cash) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_tenders
-- Tenders that are locked or consumed for something else than what orders hold of them.
WITH held AS (
    SELECT
        h.tender_id,
        sum(CASE WHEN h.consumed THEN 0 ELSE h.amount - h.returned END) AS locked,
        sum(CASE WHEN h.consumed THEN h.amount - h.returned ELSE 0 END) AS consumed
    FROM payments AS p CROSS JOIN LATERAL jsonb_to_recordset(p.document -> 'holds')
        AS h (tender_id text, amount bigint, returned bigint, consumed boolean)
    GROUP BY h.tender_id
), wrong AS (
    SELECT format(
        'tender %s: locked %s, held %s; consumed %s, held %s', tender_id, coalesce(t.locked, 0), coalesce(h.locked, 0),
        coalesce(t.consumed, 0), coalesce(h.consumed, 0)
    ) AS what
    FROM tenders AS t FULL JOIN held AS h USING (tender_id)
    WHERE (coalesce(t.locked, 0), coalesce(t.consumed, 0)) <> (coalesce(h.locked, 0), coalesce(h.consumed, 0))
)
SELECT (SELECT count(*) FROM tenders) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_captures
-- Reconciled payments that keep something else than what was due, when what nobody wanted is sent back.
WITH kept AS (
    SELECT p.order_id, p.due, p.captured - coalesce(sum(r.amount), 0) AS wanted
    FROM payments AS p LEFT JOIN LATERAL (
        SELECT amount
        FROM jsonb_to_recordset(p.document -> 'refunds') AS refund ("of" text, state text, amount bigint, currency text)
        WHERE refund."of" <> '' AND refund.state <> 'refused' AND refund.currency = p.currency
    ) AS r ON TRUE
    WHERE p.state = 'reconciled' GROUP BY p.order_id
), wrong AS (
    SELECT format('order %s: due %s, kept %s', order_id, due, wanted) AS what FROM kept WHERE wanted <> due
)
SELECT (SELECT count(*) FROM kept) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_intents
-- Attempts, refunds, captures and captures to send back that stand twice: each is one key that a channel sees.
WITH keys AS (
    SELECT p.order_id, 'attempt ' || (a.one ->> 'id') AS key
    FROM payments AS p CROSS JOIN LATERAL jsonb_array_elements(p.document -> 'attempts') AS a (one)
    UNION ALL
    SELECT p.order_id, 'refund ' || (r.one ->> 'id')
    FROM payments AS p CROSS JOIN LATERAL jsonb_array_elements(p.document -> 'refunds') AS r (one)
    UNION ALL
    SELECT p.order_id, format('refund of %s of order %s', r.one ->> 'of', p.order_id)
    FROM payments AS p CROSS JOIN LATERAL jsonb_array_elements(p.document -> 'refunds') AS r (one)
    WHERE r.one ->> 'of' <> '' AND r.one ->> 'state' <> 'refused'
    UNION ALL
    SELECT p.order_id, format('%s %s of order %s', f.one ->> 'kind', f.one ->> 'reference', p.order_id)
    FROM payments AS p CROSS JOIN LATERAL jsonb_array_elements(p.document -> 'facts') AS f (one)
), wrong AS (
    SELECT format('%s: it stands %s times, for %s', key, count(*), string_agg(DISTINCT order_id, ', ')) AS what
    FROM keys GROUP BY key HAVING count(*) > 1
)
SELECT (SELECT count(*) FROM keys) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_orders
-- What is known of each order after an id: money taken, given back and on its way back, tenders that it holds, its due.
SELECT
    p.order_id,
    jsonb_build_object(
        'captured', p.captured, 'refunded', p.refunded, 'in_flight', p.in_flight, 'due', p.due,
        'tenders_held', (
            SELECT coalesce(sum(h.amount - h.returned), 0)
            FROM jsonb_to_recordset(p.document -> 'holds') AS h (amount bigint, returned bigint)
        )
    ) AS facts
FROM payments AS p WHERE p.order_id > $1::text ORDER BY p.order_id LIMIT $2::integer;
