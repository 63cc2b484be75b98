-- What lies between the services: a row is a message that waits for its taker.

CREATE TABLE to_order (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message text NOT NULL);
CREATE TABLE to_inventory (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message text NOT NULL);
CREATE TABLE to_payment (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message text NOT NULL);
CREATE TABLE to_fulfillment (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message text NOT NULL);
CREATE TABLE to_billing (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message text NOT NULL);
