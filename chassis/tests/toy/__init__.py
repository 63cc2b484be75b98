"""A toy service that holds seats, with its SQL: the chassis is tested with it."""
