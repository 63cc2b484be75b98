-- name: lock_safes
-- Locks the safes with these names, in their order.
SELECT safe, total FROM safes WHERE safe = ANY($1::text[]) ORDER BY safe FOR UPDATE;

-- name: change_safes
-- Adds to the totals of safes.
INSERT INTO safes AS t (safe, total) SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (safe) DO UPDATE SET total = t.total + excluded.total;

-- name: load_boxes
-- The boxes of these accounts.
SELECT account AS key, version, document FROM boxes WHERE account = ANY($1::text[]);

-- name: save_boxes
-- Stores new boxes and next versions.
INSERT INTO boxes AS t (account, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (account) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version = excluded.version - 1;

-- name: insert_movements
-- Adds movements; a deposit moves once.
INSERT INTO movements (account, number, safe, amount)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::bigint[]);
