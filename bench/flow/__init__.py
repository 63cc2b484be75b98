"""The floor: the checkout as five stages over tables of PostgreSQL, in batches, without a broker."""
