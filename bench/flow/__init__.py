"""The floor in SQL: the checkout as five stages over tables of PostgreSQL, in batches, decided by the statements."""
