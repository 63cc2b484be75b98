-- name: lock_shows
-- Locks the shows with these names, in their order.
SELECT show, free FROM shows WHERE show = ANY($1::text[]) ORDER BY show FOR UPDATE;

-- name: change_shows
-- Adds to the free seats of shows, or takes from them; a show that is not there is added.
MERGE INTO shows AS t USING unnest($1::text[], $2::integer[]) AS c (show, free) ON t.show = c.show
WHEN MATCHED THEN UPDATE SET free = t.free + c.free
WHEN NOT MATCHED THEN INSERT (show, free) VALUES (c.show, c.free);

-- name: load_bookings
-- The bookings with these ids.
SELECT booking_id AS key, version, document FROM bookings WHERE booking_id = ANY($1::text[]);

-- name: save_bookings
-- Stores new bookings and next versions; one that has moved on is left out.
INSERT INTO bookings AS t (booking_id, version, document, state)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[], $4::text[])
ON CONFLICT (booking_id) DO UPDATE SET version = excluded.version, document = excluded.document, state = excluded.state
WHERE t.version = excluded.version - 1;

-- name: insert_receipts
-- Adds receipts; a number is given once.
INSERT INTO receipts (receipt, booking_id) SELECT * FROM unnest($1::text[], $2::text[]);

-- name: load_plays
-- The plays with these titles.
SELECT title AS key, version, document FROM plays WHERE title = ANY($1::text[]);

-- name: save_plays
-- Stores plays of the feed, newer ones only.
INSERT INTO plays AS t (title, version, document) SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (title) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version < excluded.version;
