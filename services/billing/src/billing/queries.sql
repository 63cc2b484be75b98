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
