-- name: load_accounts
-- The accounts with these names.
SELECT account AS key, version, document FROM accounts WHERE account = ANY($1::text[]);

-- name: save_accounts
-- Stores new accounts and next versions.
INSERT INTO accounts AS t (account, version, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (account) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version = excluded.version - 1;

-- name: load_rates
-- The rates of these safes.
SELECT safe AS key, version, document FROM rates WHERE safe = ANY($1::text[]);

-- name: save_rates
-- Stores rates of the feed, newer ones only.
INSERT INTO rates AS t (safe, version, document) SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (safe) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE t.version < excluded.version;

-- name: show_account
-- One account for its customer.
SELECT (document ->> 'balance')::bigint AS balance FROM accounts WHERE account = $1;
