"""The use cases: one function for each message that the order service handles."""
