#!/bin/bash
# Makes each service's database and its two roles, once, when the data volume is new. Passwords come from the environment.
set -euo pipefail
for service in order inventory payment fulfillment billing; do
  psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres <<SQL
\set database $service
\set owner ${service}_owner
\set runner ${service}_service
\getenv owner_password ${service^^}_OWNER_PASSWORD
\getenv runner_password ${service^^}_SERVICE_PASSWORD
\i /etc/ordersaga/service.sql
SQL
done
