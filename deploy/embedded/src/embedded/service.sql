-- One service's database, its owner (migrates) and its runner (serves). Run by psql as superuser; safe to repeat.
-- Variables: database, owner, owner_password, runner, runner_password.
-- The runner reads and writes rows in what the owner has made, and nothing else; no other role gets in.

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY[:'owner', :'runner']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
ALTER ROLE :"runner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'runner_password';

-- A migration may take long; it may not wait long for a lock, behind which every service would queue.
ALTER ROLE :"owner" SET statement_timeout = '10min';
ALTER ROLE :"owner" SET lock_timeout = '5s';
ALTER ROLE :"owner" SET idle_in_transaction_session_timeout = '60s';

-- Idle in a transaction ends before a consumer's session (6 s) does: a stopped process must not hold the row locks
-- that the next owner of its shards needs.
ALTER ROLE :"runner" SET statement_timeout = '15s';
ALTER ROLE :"runner" SET lock_timeout = '3s';
ALTER ROLE :"runner" SET idle_in_transaction_session_timeout = '4s';
-- Stopped between preparing a statement and executing it, a process counts as active and not as idle: only this ends it.
ALTER ROLE :"runner" SET transaction_timeout = '10s';

SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"runner";

\connect :"database"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"runner";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE ON SCHEMAS TO :"runner";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"runner";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE, SELECT ON SEQUENCES TO :"runner";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT EXECUTE ON FUNCTIONS TO :"runner";
