"""The shopper: it replays baskets as customers would live them, and knows what must come out of each."""
