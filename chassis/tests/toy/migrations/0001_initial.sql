CREATE TABLE shows (
    show text PRIMARY KEY,
    free integer NOT NULL,
    CONSTRAINT shows_free_check CHECK (free >= 0)
);

CREATE TABLE bookings (
    booking_id text PRIMARY KEY,
    version bigint NOT NULL,
    document jsonb NOT NULL,
    state text NOT NULL,
    CONSTRAINT bookings_state_check CHECK (state IN ('held', 'paid', 'cancelled'))
);

CREATE TABLE receipts (
    receipt text CONSTRAINT receipts_pkey PRIMARY KEY,
    booking_id text NOT NULL
);

CREATE TABLE plays (
    title text PRIMARY KEY,
    version bigint NOT NULL,
    document jsonb NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON shows, bookings, plays TO :"runner";
GRANT SELECT, INSERT ON receipts TO :"runner";
