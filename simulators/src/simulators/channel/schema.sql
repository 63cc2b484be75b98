-- The provider's own record, which outlives kill -9: what it was asked for, what it took, what it gave back, and the
-- notices that it still owes. Money is in minor units; times are RFC 3339 in UTC, `due` is in unix milliseconds.
CREATE TABLE IF NOT EXISTS payments (
    attempt_id TEXT PRIMARY KEY,
    request TEXT NOT NULL,                 -- the body, to tell a repeat from a conflict
    reference TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'closed')),
    created_at TEXT NOT NULL,
    traceparent TEXT NOT NULL              -- the trace of the shop that asked, for the notices; empty when it has none
);
CREATE TABLE IF NOT EXISTS captures (
    reference TEXT PRIMARY KEY,
    attempt_id TEXT NOT NULL REFERENCES payments,
    amount INTEGER NOT NULL CHECK (amount > 0),
    booked_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refunds (
    refund_id TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    attempt_id TEXT NOT NULL REFERENCES payments,
    reference TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    booked_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS notices (
    serial INTEGER PRIMARY KEY,
    notice_id TEXT NOT NULL,               -- a duplicate has the id of the first
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS captures_by_attempt ON captures (attempt_id);
CREATE INDEX IF NOT EXISTS refunds_by_attempt ON refunds (attempt_id);
CREATE INDEX IF NOT EXISTS notices_by_due ON notices (due);
