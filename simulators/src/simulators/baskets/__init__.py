"""Real baskets of 2017 from The Complete Journey, as orders to replay, with the reference data that they need."""
