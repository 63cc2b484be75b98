-- What lies between the stages of the floor: a row is an order that waits for the stage.

CREATE TABLE commands (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL,
    customer text NOT NULL,
    total bigint NOT NULL,
    skus text[] NOT NULL,
    quantities bigint[] NOT NULL
);
CREATE TABLE to_reserve (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL,
    customer text NOT NULL, total bigint NOT NULL, skus text[] NOT NULL, quantities bigint[] NOT NULL);
CREATE TABLE to_pay (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL,
    customer text NOT NULL, total bigint NOT NULL);
CREATE TABLE to_release (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL);
CREATE TABLE to_cancel (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL);
CREATE TABLE to_ship (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL,
    total bigint NOT NULL);
CREATE TABLE to_invoice (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id uuid NOT NULL,
    total bigint NOT NULL);
