-- Which migrations a database has had. Made before the first one; safe to repeat.
CREATE TABLE IF NOT EXISTS schema_migrations (
    source text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schema_migrations_pkey PRIMARY KEY (source, number)
);
GRANT SELECT ON schema_migrations TO :"runner";
REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM :"runner";
