-- Lets the next version of an order stay on its page. An update that changes no indexed column, on a page with room, adds to
-- no index (HOT); `since` changes with every transition. Running sagas are looked for by operators only, who need no order
-- of the index. Its condition changes when a saga begins and when the last one ends, the index only then.

DROP INDEX orders_running_idx;
CREATE INDEX orders_running_idx ON orders (placed_at) WHERE running;
