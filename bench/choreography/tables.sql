-- Per service: which events have been handled, and which wait for the relay.

CREATE TABLE inbox_order (event_id uuid PRIMARY KEY);
CREATE TABLE outbox_order (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, event text NOT NULL);

CREATE TABLE inbox_inventory (event_id uuid PRIMARY KEY);
CREATE TABLE outbox_inventory (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, event text NOT NULL);

CREATE TABLE inbox_payment (event_id uuid PRIMARY KEY);
CREATE TABLE outbox_payment (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, event text NOT NULL);

CREATE TABLE inbox_fulfillment (event_id uuid PRIMARY KEY);
CREATE TABLE outbox_fulfillment (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, event text NOT NULL);

CREATE TABLE inbox_billing (event_id uuid PRIMARY KEY);
CREATE TABLE outbox_billing (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, event text NOT NULL);
