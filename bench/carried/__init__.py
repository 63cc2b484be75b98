"""The floor: the checkout as five services that carry messages through tables, in batches, without a broker."""
