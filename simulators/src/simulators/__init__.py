"""The outside world: shopper, payment channel, warehouse and carrier."""
