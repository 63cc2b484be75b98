-- name: load_bills
-- The bills of these sub-orders.
SELECT sub_order_id AS key, version, document FROM bills WHERE sub_order_id = ANY($1::text[]);

-- name: save_bills
-- Stores new bills and next versions; one that has moved on is left out, and the count shows it.
INSERT INTO bills AS t (sub_order_id, version, document, order_id, currency, invoiced, amount_left)
SELECT * FROM unnest(
    $1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::text[], $6::bigint[], $7::bigint[]
)
ON CONFLICT (sub_order_id) DO UPDATE SET
    version = excluded.version, document = excluded.document, amount_left = excluded.amount_left
WHERE t.version = excluded.version - 1;

-- name: lock_sequences
-- Locks these sequences, in their order.
SELECT sequence_key, issuer, series, year, last
FROM sequences WHERE sequence_key = ANY($1::text[]) ORDER BY sequence_key FOR UPDATE;

-- name: change_sequences
-- Raises sequences by what was drawn; a new year starts anew, and one that is not there begins.
MERGE INTO sequences AS t
USING unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[]) AS c (
    sequence_key, issuer, series, year, drawn
) ON t.sequence_key = c.sequence_key
WHEN MATCHED AND t.year = c.year THEN UPDATE SET last = t.last + c.drawn
WHEN MATCHED THEN UPDATE SET year = c.year, last = c.drawn
WHEN NOT MATCHED THEN INSERT (sequence_key, issuer, series, year, last)
VALUES (c.sequence_key, c.issuer, c.series, c.year, c.drawn);

-- name: insert_documents
-- Keeps invoices and credit notes for good.
INSERT INTO documents (
    document_id, kind, issuer, series, year, serial, number, order_id, sub_order_id, currency, total, issued_at,
    document
)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::bigint[], $12::timestamptz[], $13::jsonb[]
);

-- name: list_documents
-- The invoices and credit notes of an order, as they were issued.
SELECT document_id, kind, issuer, number, sub_order_id, currency, total, issued_at
FROM documents WHERE order_id = $1::text ORDER BY issued_at, document_id;

-- name: show_document
-- One invoice or credit note in full.
SELECT document_id, kind, issuer, number, document FROM documents WHERE document_id = $1::text;

-- name: billed_of_order
-- What an order was invoiced and credited: the difference is what was paid less what was refunded.
SELECT
    currency,
    coalesce(sum(total) FILTER (WHERE kind = 'invoice'), 0)::bigint AS invoiced,
    coalesce(sum(total) FILTER (WHERE kind = 'credit_note'), 0)::bigint AS credited
FROM documents WHERE order_id = $1::text GROUP BY currency ORDER BY currency;

-- name: find_gaps
-- Series whose numbers do not run from one to the last one drawn: there are none.
SELECT d.issuer, d.series, d.year, count(*) AS documents, max(d.serial) AS highest
FROM documents AS d
LEFT JOIN sequences AS s ON s.issuer = d.issuer AND s.series = d.series AND s.year = d.year
GROUP BY d.issuer, d.series, d.year, s.last
HAVING count(*) <> max(d.serial) OR max(d.serial) <> coalesce(s.last, max(d.serial))
ORDER BY d.issuer, d.series, d.year;

-- name: audit_totals
-- Documents whose lines, freight and tax on top do not make their total.
WITH proofs AS (
    SELECT
        d.number, d.issuer, d.total,
        CASE d.kind
            WHEN 'invoice' THEN
                (SELECT coalesce(sum((l ->> 'amount')::bigint), 0) FROM jsonb_array_elements(d.document -> 'lines') AS l)
                + (
                    SELECT coalesce(sum((t ->> 'tax')::bigint), 0)
                    FROM jsonb_array_elements(d.document -> 'taxes') AS t WHERE NOT (t ->> 'included')::boolean
                )
            ELSE
                -(SELECT coalesce(sum((l ->> 'amount')::bigint), 0) FROM jsonb_array_elements(d.document -> 'lines') AS l)
                - (d.document ->> 'freight')::bigint
        END AS proven
    FROM documents AS d
), wrong AS (
    SELECT format('document %s of %s: total %s, proven %s', number, issuer, total, proven) AS what
    FROM proofs WHERE total <> proven
)
SELECT (SELECT count(*) FROM documents) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_red
-- Sub-orders of which more was credited than invoiced, or whose bill says something else than their documents.
WITH sums AS (
    SELECT
        sub_order_id,
        coalesce(sum(total) FILTER (WHERE kind = 'invoice'), 0) AS blue,
        coalesce(sum(total) FILTER (WHERE kind = 'credit_note'), 0) AS red
    FROM documents GROUP BY sub_order_id
), wrong AS (
    SELECT format(
        'sub-order %s: invoiced %s, credited %s; its bill says %s, left %s', sub_order_id, coalesce(blue, 0),
        coalesce(red, 0), coalesce(b.invoiced, 0), coalesce(b.amount_left, 0)
    ) AS what
    FROM sums FULL JOIN bills AS b USING (sub_order_id)
    WHERE red > blue OR (coalesce(blue, 0), coalesce(blue - red, 0)) <> (coalesce(b.invoiced, 0), coalesce(b.amount_left, 0))
)
SELECT (SELECT count(*) FROM sums) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_invoices
-- Sub-orders that have more than one invoice.
WITH wrong AS (
    SELECT format('sub-order %s: %s', sub_order_id, string_agg(number, ', ' ORDER BY number)) AS what
    FROM documents WHERE kind = 'invoice' GROUP BY sub_order_id HAVING count(*) > 1
)
SELECT
    (SELECT count(*) FROM documents WHERE kind = 'invoice') AS checked,
    ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_numbers
-- Series whose numbers do not run from one to the last one drawn, without a gap.
WITH series AS (
    SELECT issuer, series, year, count(*) AS documents, min(serial) AS lowest, max(serial) AS highest
    FROM documents GROUP BY issuer, series, year
), wrong AS (
    SELECT format(
        'series %s%s of %s: %s documents, numbers %s to %s, drawn %s', d.series, d.year, d.issuer, documents, lowest,
        highest, s.last
    ) AS what
    FROM series AS d
    LEFT JOIN sequences AS s ON s.issuer = d.issuer AND s.series = d.series AND s.year = d.year
    WHERE lowest <> 1 OR documents <> highest OR highest <> coalesce(s.last, highest)
)
SELECT (SELECT count(*) FROM series) AS checked, ARRAY(SELECT what FROM wrong ORDER BY what LIMIT 20) AS violations;

-- name: audit_orders
-- What is known of each order after an id: what it was invoiced and credited.
SELECT
    order_id,
    jsonb_build_object(
        'invoiced', coalesce(sum(total) FILTER (WHERE kind = 'invoice'), 0),
        'credited', coalesce(sum(total) FILTER (WHERE kind = 'credit_note'), 0)
    ) AS facts
FROM documents WHERE order_id > $1::text GROUP BY order_id ORDER BY order_id LIMIT $2::integer;
