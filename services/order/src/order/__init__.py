"""The order service: checkout, the life of an order and its sagas."""
